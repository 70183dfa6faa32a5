-- threat: PARSE-2
return load("local " .. ("x"):rep(1000000) .. " = 1 return 1")()
