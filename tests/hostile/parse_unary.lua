-- threat: PARSE-1
return load("return " .. ("- "):rep(100000) .. "1"), load("return " .. ("not "):rep(100000) .. "1")
