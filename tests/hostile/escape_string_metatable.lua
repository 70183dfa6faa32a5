-- threat: ESC-2
return pcall(function() getmetatable("").__index = function() return "pwn" end end), ("x").foo
