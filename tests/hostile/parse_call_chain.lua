-- threat: PARSE-2
return load("f" .. ("()"):rep(100000)) ~= nil
