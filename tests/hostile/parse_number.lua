-- threat: PARSE-4
return load("return 0x" .. ("f"):rep(1e6) .. ".8p-4000000")()
