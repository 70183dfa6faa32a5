--full
-- Captured variables: open, closed, shared, of loops, of frames that move.
local fs = {}
for i = 1, 30 do local k = i * 2 fs[i] = {function() k = k + i return k end, function() return k end} end
local sum = 0
for i = 1, 30 do fs[i][1]() sum = sum + fs[i][2]() end
local x, y = 1, {}
local function outer(d)
  local z = d
  local function inner() z = z + x y[#y + 1] = z if z < 20 then return inner() end return z end
  if d > 0 then return outer(d - 1) + inner() end
  return inner()
end
local total = outer(40)
x = 5
local co = coroutine.wrap(function(v) local o = v local g = function() o = o + 1 return o end while true do coroutine.yield(g) g() end end)
local g = co(10) g() co() g()
local function many(a, b, c, d) return function() return function() a = a + 1 return a, b, c, d end end end
local m = many(1, 2, 3, 4)()
m()
local counter
do local hidden = 0 counter = setmetatable({}, {__call = function(_, by) hidden = hidden + by return hidden end}) end
counter(3)
local deep = function() end
for i = 1, 25 do local before = deep deep = function() return before end end
debug.setupvalue(m, 1, 40)
debug.upvaluejoin(fs[1][1], 1, fs[2][1], 1)
return sum == 1395 and total > 0 and g() == 14 and (m()) == 41 and counter(4) == 7
  and fs[1][1]() ~= nil and debug.upvalueid(m, 1) ~= nil
