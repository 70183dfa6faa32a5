-- threat: PARSE-1
return load("return " .. ("f("):rep(100000) .. (")"):rep(100000))
