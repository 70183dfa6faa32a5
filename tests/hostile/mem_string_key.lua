-- threat: MEM-2
local t = {} for i = 1, 1e9 do t[("k"):rep(1000) .. i] = i end
