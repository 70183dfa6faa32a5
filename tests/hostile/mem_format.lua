-- threat: MEM-1
return pcall(string.format, "%1000d", 1)
