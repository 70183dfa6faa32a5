-- threat: PARSE-2
return load("return a" .. (".a"):rep(100000)) ~= nil
