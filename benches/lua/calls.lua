-- Calls of small functions, recursive and not.
-- small: 12
local size = tonumber((...)) or 32

local function count(n)
  if n < 2 then return 1 end
  return count(n - 1) + count(n - 2) + 1
end

local function ackermann(m, n)
  if m == 0 then return n + 1 end
  if n == 0 then return ackermann(m - 1, 1) end
  return ackermann(m - 1, ackermann(m, n - 1))
end

local function three(a, b, c) return c, a, b end

local a, b, c = 1, 2, 3
for _ = 1, size * 20000 do a, b, c = three(a, b, c) end
print(count(size), ackermann(2, size), a, b, c)
