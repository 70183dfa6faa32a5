-- threat: CPU-10
local t = {} for i = 1, 10000 do t["k" .. i] = i end while true do for k in pairs(t) do t[k] = nil end for i = 1, 100 do t["n" .. i] = i end end
