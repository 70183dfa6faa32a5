-- threat: CPU-3
local t = {} for i = 1, 1000 do t[i] = -i end table.sort(t, function(a, b) while a do end end)
