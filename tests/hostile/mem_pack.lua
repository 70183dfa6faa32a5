-- threat: INT-2
return pcall(string.pack, "c" .. math.maxinteger, "x")
