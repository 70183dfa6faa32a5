-- Functions of `math` on numbers of both kinds.
-- small: 300
local size = tonumber((...)) or 900000

local floor, ceil, abs, sqrt = math.floor, math.ceil, math.abs, math.sqrt
local sin, cos, exp, log = math.sin, math.cos, math.exp, math.log
local max, min, fmod, tointeger = math.max, math.min, math.fmod, math.tointeger
local sum, whole = 0.0, 0
for i = 1, size do
  local x = i / 7
  sum = sum + sqrt(x) * sin(x % 10) + cos(x % 10) - exp(-x) + log(x + 1)
  whole = whole + floor(x) - ceil(x) + abs(-i) + max(i, 500, whole % 7) - min(i, 500)
  whole = whole + fmod(i, 13) + tointeger(i + 0.0)
end
print(string.format("%.3f", sum), whole)
