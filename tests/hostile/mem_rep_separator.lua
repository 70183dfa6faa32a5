-- threat: MEM-1
return pcall(string.rep, "x", 1 << 40, ("y"):rep(1000))
