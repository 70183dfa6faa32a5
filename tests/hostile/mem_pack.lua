return pcall(string.pack, "c" .. math.maxinteger, "x")
