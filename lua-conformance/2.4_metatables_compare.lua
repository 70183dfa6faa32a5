-- Manual §2.4: __eq, __lt, __le.
local calls = 0
local mt = {
  __eq = function(a, b) calls = calls + 1; return a.v == b.v end,
  __lt = function(a, b) calls = calls + 1; return a.v < b.v end,
  __le = function(a, b) calls = calls + 1; return a.v <= b.v end,
}
local function new(v) return setmetatable({ v = v }, mt) end
local a, b, c = new(1), new(2), new(1)
print(a == b, a == c, a ~= b, a ~= c, calls)
print(a < b, a <= b, a > b, a >= b, calls)
print(a < c, a <= c, a > c, a >= c, calls)
print(a == a, calls) -- same object: no call
print(rawequal(a, c), calls)
-- __eq only between two tables
print(a == 1, 1 == a, a == "x", a == nil, calls)
-- __eq from either operand
local other = { v = 1 }
print(a == other, other == a, calls)
-- results become booleans
local truthy = setmetatable({}, { __eq = function() return 1 end, __lt = function() return nil end, __le = function() return "x" end })
print(truthy == {}, truthy ~= {}, truthy < 1, truthy <= 1, 1 > truthy, 1 >= truthy)
-- __lt with mixed operands
local mixed = setmetatable({}, { __lt = function(x, y) return type(x) .. "<" .. type(y) == "table<number" end })
print(mixed < 1, 1 < mixed, mixed > 1, 1 > mixed, mixed < 1.5, 200 > mixed)
-- no __le from __lt
local onlylt = setmetatable({}, { __lt = function() return true end })
print(onlylt < onlylt, pcall(function() return onlylt <= onlylt end))
print(pcall(function() return {} < {} end))
print(pcall(function() return {} < 1 end))
print(pcall(function() return 1 <= {} end))
print(pcall(function() return "1" < 1 end))
print(pcall(function() return nil > 1 end))
print(pcall(function() return true < false end))
print(pcall(function() return print < print end))
-- in sort
local list = { new(3), new(1), new(2) }
table.sort(list)
print(list[1].v, list[2].v, list[3].v)
-- in conditions and loops
local i = new(0)
local steps = 0
while i < new(3) do i = new(i.v + 1); steps = steps + 1 end
print(steps, i == new(3))
-- table keys never use __eq
local t = { [a] = "a" }
print(t[a], t[c])
