-- threat: MEM-1
return pcall(string.rep, "x", math.maxinteger)
