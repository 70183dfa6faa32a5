-- threat: PARSE-1
return load(("return function() "):rep(1000) .. ("end "):rep(1000))
