-- Arguments by the number: `...`, `select`, `table.pack`, `table.unpack`.
-- small: 50
local size = tonumber((...)) or 250000

local function sum(...)
  local s = 0
  for i = 1, select("#", ...) do s = s + (select(i, ...)) end
  return s
end
local function pass(...) return ... end
local function packed(...)
  local t = table.pack(...)
  return t.n + #t
end
local function first(a, ...) return a end
local total = 0
for i = 1, size do
  total = total + sum(i, 2, 3, 4, 5) + first(pass(i, 1, 2)) + packed(1, 2, 3)
  total = total + select("#", table.unpack({ 1, 2, 3, 4 }))
  local t = { pass(1, 2, 3) }
  total = total + #t
end
print(total)
