-- threat: PARSE-1
return load("return 1" .. (" .. 1"):rep(100000))
