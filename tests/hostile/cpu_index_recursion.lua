-- threat: CPU-7
local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k + 1] end return pcall(function() return t[1] end)
