-- threat: PARSE-1
return load(("do "):rep(100000) .. ("end "):rep(100000))
