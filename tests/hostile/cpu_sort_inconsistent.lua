-- threat: CPU-9
local t = {} for i = 1, 1000 do t[i] = i end return pcall(table.sort, t, function() return true end)
