-- threat: CPU-9
local t = {} for i = 1, 100 do t[i] = i end local ok, why = pcall(table.sort, t, function(a, b) error("no order", 0) end) local sum = 0 for _, v in ipairs(t) do sum = sum + v end return ok, why, #t, sum
