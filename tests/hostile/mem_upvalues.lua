-- threat: MEM-2
local t = {} for i = 1, 1e9 do local a, b, c = i, {}, "x" .. i t[i] = function() return a, b, c end end
