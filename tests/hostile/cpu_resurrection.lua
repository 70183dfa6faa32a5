-- threat: CPU-10
local m = {} m.__gc = function(o) setmetatable(o, m) end for i = 1, 100 do setmetatable({}, m) end while true do collectgarbage() end
