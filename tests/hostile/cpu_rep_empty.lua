return #(""):rep(math.maxinteger)
