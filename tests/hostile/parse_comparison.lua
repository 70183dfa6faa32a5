-- threat: PARSE-2
return load("return 1" .. (" < 1"):rep(50000)) ~= nil, load("return a" .. (" and a"):rep(50000)) ~= nil
