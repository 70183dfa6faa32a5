local t = {}
local seed = 7
for i = 1, 60 do seed = (seed * 1103515245 + 12345) % 2147483648 t[i] = seed % 100 end
table.sort(t)
for i = 2, 60 do if t[i - 1] > t[i] then return i end end
table.sort(t, function(a, b) return a > b end)
for i = 2, 60 do if t[i - 1] < t[i] then return i end end
local s = {}
for i = 1, 30 do s[i] = "k" .. (i * 7 % 31) end
table.sort(s)
local o = {}
for i = 1, 20 do o[i] = setmetatable({i * 7 % 23}, {__lt = function(a, b) return a[1] < b[1] end}) end
table.sort(o)
local bad = pcall(table.sort, {3, 1, "x"})
local odd = pcall(table.sort, {5, 4, 3, 2, 1, 9, 8, 7}, function() return true end)
return s[1] == "k0" or s[1] == "k1" and not bad and o[1][1] < o[2][1]
