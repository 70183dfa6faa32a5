local fs = {}
for i = 1, 20 do local n = i; fs[i] = function() n = n + i return n end end
local sum = 0
for _, f in ipairs(fs) do sum = sum + f() + f() end
return sum
