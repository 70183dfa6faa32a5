-- threat: MEM-5
local t = {} for i = 1, 200000 do t[i] = i end for i = 1, 200000 do t[i] = nil end for i = 1, 200000 do t[i] = i end return #t
