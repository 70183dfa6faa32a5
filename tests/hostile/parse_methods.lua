-- threat: PARSE-2
return load("return a" .. (":m()"):rep(50000)) ~= nil, load("return a:b"), load("a.b:c.d()")
