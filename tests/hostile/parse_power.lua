-- threat: PARSE-1
return load("return 2" .. ("^2"):rep(100000))
