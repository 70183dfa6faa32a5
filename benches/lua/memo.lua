-- Results kept under texts that are made anew each time.
-- small: 1
local size = tonumber((...)) or 90

local memo = {}
local function grid(x, y)
  if x == 0 or y == 0 then return 1 end
  local key = x .. "," .. y
  local known = memo[key]
  if known then return known end
  local n = (grid(x - 1, y) + grid(x, y - 1)) % 1000003
  memo[key] = n
  return n
end
local sum = 0
for i = 1, size do
  memo = {}
  sum = sum + grid(60, 60 + i)
end
print(sum)
