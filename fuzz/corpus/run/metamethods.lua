local V = {} V.__index = V
V.__add = function(a, b) return setmetatable({x = a.x + b.x}, V) end
V.__eq = function(a, b) return a.x == b.x end
V.__lt = function(a, b) return a.x < b.x end
V.__le = function(a, b) return a.x <= b.x end
V.__len = function(a) return a.x end
V.__call = function(a, n) return a.x * n end
V.__concat = function(a, b) return "V" end
V.__tostring = function(a) return "V" .. a.x end
V.__newindex = function(t, k, v) rawset(t, k, v + 1) end
local a, b = setmetatable({x = 1}, V), setmetatable({x = 2}, V)
a.y = 5
return (a + b).x, a == b, a < b, a <= b, #b, b(21), a .. "s", 1 .. b, tostring(a), a.y
