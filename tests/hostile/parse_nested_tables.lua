-- threat: PARSE-1
return load("return " .. ("{"):rep(100000) .. ("}"):rep(100000))
