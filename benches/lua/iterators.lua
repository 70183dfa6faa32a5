-- Loops over `pairs`, `ipairs`, `next` and a closure.
-- small: 2
local size = tonumber((...)) or 5000

local t, list = {}, {}
for i = 1, 200 do t["k" .. i] = i list[i] = i end
local function range(n)
  local i = 0
  return function() i = i + 1 if i <= n then return i end end
end
local sum = 0
for _ = 1, size do
  for k, v in pairs(t) do sum = sum + v end
  for i, v in ipairs(list) do sum = sum + i * v end
  local k, v = next(t)
  while k do sum = sum + v k, v = next(t, k) end
  for i in range(200) do sum = sum + i end
end
print(sum)
