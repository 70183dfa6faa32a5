-- threat: CPU-7
local t = {} for i = 1, 1999 do t = setmetatable({}, { __index = t }) end while true do local _ = t.x end
