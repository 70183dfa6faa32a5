-- threat: CPU-5
return #(""):rep(math.maxinteger)
