-- threat: CPU-7
local t = setmetatable({}, {}) getmetatable(t).__newindex = t return pcall(function() t.x = 1 end)
