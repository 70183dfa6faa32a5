local V = {}
V.__index = V
V.__add = function(a, b) return setmetatable({ x = a.x + b.x }, V) end
V.__lt = function(a, b) return a.x < b.x end
V.__tostring = function(a) return "V" .. a.x end
local a, b = setmetatable({ x = 1 }, V), setmetatable({ x = 2 }, V)
print(tostring(a + b), a < b, b < a)
