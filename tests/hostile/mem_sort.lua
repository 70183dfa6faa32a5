-- threat: MEM-2
local t = {} for i = 1, 1e9 do t[i] = i % 7 table.sort({ i, 1 }) end
