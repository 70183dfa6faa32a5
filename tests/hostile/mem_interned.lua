-- threat: MEM-2
local t = {} for i = 1, math.huge do t[i] = "k" .. i end
