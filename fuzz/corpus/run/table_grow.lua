local t = {}
for i = 1, 300 do t[i] = i; t["k" .. i] = i end
for i = 1, 300, 2 do t[i] = nil end
local n = 0
for k, v in pairs(t) do n = n + v end
return n, #t
