-- threat: MEM-1
local s, t = ("x"):rep(1000000), {} for i = 1, 100000 do t[i] = s:sub(i % 7 + 1) end return #t
