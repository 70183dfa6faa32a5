-- threat: PARSE-2
return load(("goto a "):rep(1e5) .. "::a::")
