-- threat: CPU-8
local function f(n) local x <close> = setmetatable({}, { __close = function() if n > 0 then f(n - 1) end end }) end while true do f(150) end
