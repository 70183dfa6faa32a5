return pcall(string.rep, "x", math.maxinteger)
