-- threat: PARSE-2
return load("return f(" .. ("1, "):rep(100000) .. "1)")
