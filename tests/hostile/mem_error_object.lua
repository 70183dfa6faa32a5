-- threat: MEM-4
local t = {} for i = 1, 100000 do t[i] = "long enough to count " .. i end error(t)
