-- threat: MEM-7
return load(function() return ("x = 1 "):rep(10000) end)
