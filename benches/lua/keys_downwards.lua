-- Integer keys that come downwards.
-- small: 1
local size = tonumber((...)) or 300

local sum = 0
for _ = 1, size do
  local t = {}
  for i = 20000, 1, -1 do t[i] = i end
  for i = 1, 20000 do sum = sum + t[i] end
end
print(sum)
