-- Objects whose fields and methods are found by functions.
-- small: 20
local size = tonumber((...)) or 1000000

local methods = {}
function methods:value() return self.amount end
function methods:add(n) self.amount = self.amount + n return self end
local plain = { __index = function(_, key) return methods[key] end }
local inner = setmetatable({ rate = 2 }, plain)
local outer = { __index = function(_, key) return inner[key] end }
local a = setmetatable({ amount = 1 }, plain)
local b = setmetatable({ amount = 2 }, outer)
local sum = 0
for i = 1, size do
  a:add(i % 3)
  b:add(i % 5)
  sum = sum + a:value() + b:value() * b.rate
end
print(sum)
