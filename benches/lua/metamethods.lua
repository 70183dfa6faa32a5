-- Operators, reads, writes, calls and lengths that metamethods answer.
-- small: 2
local size = tonumber((...)) or 8000

local V = {}
V.__index = V
V.__add = function(a, b) return setmetatable({ x = a.x + b.x }, V) end
V.__eq = function(a, b) return a.x == b.x end
V.__lt = function(a, b) return a.x < b.x end
V.__len = function(a) return a.x end
V.__call = function(a, n) return a.x + n end
V.__concat = function(a, b) return (type(a) == "table" and a.x or a) .. (type(b) == "table" and b.x or b) end
local proxy = setmetatable({}, { __index = function(_, k) return k * 2 end, __newindex = function(t, k, v) rawset(t, k, v) end })
local sum, v, one = 0, setmetatable({ x = 0 }, V), setmetatable({ x = 1 }, V)
for i = 1, size * 100 do
  v = v + one
  if one < v then sum = sum + #v end
  if one == v then sum = sum + 1 end
  sum = sum + v(i) + proxy[i]
end
for i = 1, 1000 do proxy["k" .. i] = i sum = sum + #(one .. i) end
print(sum)
