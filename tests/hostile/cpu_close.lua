-- threat: CPU-2
local x <close> = setmetatable({}, { __close = function() while true do end end }) error("x")
