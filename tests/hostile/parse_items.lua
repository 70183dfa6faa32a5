-- threat: PARSE-2
return #load("return {" .. ("1,"):rep(100000) .. "}")()
