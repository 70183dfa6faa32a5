-- threat: PARSE-4
return select(2, load("x =", ("n"):rep(100000))), select(2, load("x =", "@" .. ("n"):rep(100000))), select(2, load("x =", "=" .. ("n"):rep(100000)))
