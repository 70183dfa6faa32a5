-- Closures made, called and composed; upvalues shared between them.
-- small: 100
local size = tonumber((...)) or 900000

local function counter(step)
  local n = 0
  return function() n = n + step return n end, function() return n end
end

local function compose(f, g)
  return function(x) return f(g(x)) end
end

local total = 0
for i = 1, size do
  local up, get = counter(i % 5)
  up() up()
  total = total + get()
end
local chain = function(x) return x end
for i = 1, 50 do
  chain = compose(chain, function(x) return (x + i) % 65521 end)
end
for i = 1, size // 50 do total = total + chain(i) end
print(total)
