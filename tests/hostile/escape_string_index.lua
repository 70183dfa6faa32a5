-- threat: ESC-2
return pcall(function() return ("x").y.z end), ("x").len == string.len, pcall(function() ("x").y = 1 end)
