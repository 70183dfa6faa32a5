-- threat: PARSE-1
return load(("if 1 then "):rep(1000) .. ("end "):rep(1000))
