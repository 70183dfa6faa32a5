-- threat: MEM-1
return pcall(string.format, ("%99d"):rep(1000000), table.unpack({}, 1, 200000))
