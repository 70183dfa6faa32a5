-- threat: CPU-3
local loop = function() while true do end end local t = setmetatable({}, { __lt = loop, __concat = loop, __len = loop, __unm = loop }) return pcall(function() return t < t, #t, t .. t, -t end)
