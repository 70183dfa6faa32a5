-- Floats in arrays, and a function called for each.
-- small: 10
local size = tonumber((...)) or 280

local function a(i, j)
  local ij = i + j - 1
  return 1.0 / (ij * (ij - 1) * 0.5 + i)
end
local function multiply(n, x, y)
  for i = 1, n do
    local s = 0
    for j = 1, n do s = s + x[j] * a(i, j) end
    y[i] = s
  end
end
local function transposed(n, x, y)
  for i = 1, n do
    local s = 0
    for j = 1, n do s = s + x[j] * a(j, i) end
    y[i] = s
  end
end
local n, u, v, t = size, {}, {}, {}
for i = 1, n do u[i] = 1 end
for _ = 1, 8 do
  multiply(n, u, t) transposed(n, t, v)
  multiply(n, v, t) transposed(n, t, u)
end
local vbv, vv = 0, 0
for i = 1, n do
  vbv = vbv + u[i] * v[i]
  vv = vv + v[i] * v[i]
end
print(string.format("%.9f", math.sqrt(vbv / vv)))
