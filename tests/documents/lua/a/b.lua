return {name = "a.b"}
