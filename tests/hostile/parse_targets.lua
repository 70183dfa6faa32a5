-- threat: PARSE-1
return load(("a, "):rep(100000) .. "a = 1")
