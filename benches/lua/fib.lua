-- Calls of a small function that calls itself.
-- small: 10
local size = tonumber((...)) or 32

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end
print(fib(size))
