-- Manual §2.6: coroutines.
local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  print("resumed", c)
  local d, e = coroutine.yield(c * 2, "two")
  print("again", d, e)
  return "end", d + e
end)
print(coroutine.status(co))
print(coroutine.resume(co, 1, 2))
print(coroutine.status(co))
print(coroutine.resume(co, 10))
print(coroutine.resume(co, 3, 4))
print(coroutine.status(co))
print(coroutine.resume(co))
-- errors kill the coroutine
co = coroutine.create(function() error("oops") end)
print(coroutine.resume(co))
print(coroutine.status(co), coroutine.resume(co))
co = coroutine.create(function() error({ code = 5 }) end)
local ok, e = coroutine.resume(co)
print(ok, e.code)
-- the manual's example
local function foo(a)
  print("foo", a)
  return coroutine.yield(2 * a)
end
co = coroutine.create(function(a, b)
  print("co-body", a, b)
  local r = foo(a + 1)
  print("co-body", r)
  local r, s = coroutine.yield(a + b, a - b)
  print("co-body", r, s)
  return b, "end"
end)
print("main", coroutine.resume(co, 1, 10))
print("main", coroutine.resume(co, "r"))
print("main", coroutine.resume(co, "x", "y"))
print("main", coroutine.resume(co, "x", "y"))
-- generators
local function range(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
local sum = 0
for i in range(10) do sum = sum + i end
print(sum)
local function perms(a, n)
  n = n or #a
  if n <= 1 then coroutine.yield(table.concat(a, "")) else
    for i = 1, n do
      a[n], a[i] = a[i], a[n]
      perms(a, n - 1)
      a[n], a[i] = a[i], a[n]
    end
  end
end
local out = {}
for p in coroutine.wrap(function() perms { "a", "b", "c" } end) do out[#out + 1] = p end
print(table.concat(out, " "))
-- yield across pcall, metamethods, iterators, table.sort's comparison not allowed
co = coroutine.wrap(function()
  local r = { pcall(function() coroutine.yield("in pcall"); error("after", 0) end) }
  coroutine.yield(r[2])
  local m = setmetatable({}, { __add = function(a, b) return coroutine.yield("in add") end,
    __index = function(_, k) return coroutine.yield("in index " .. k) end,
    __eq = function() return coroutine.yield("in eq") end,
    __lt = function() return coroutine.yield("in lt") end,
    __le = function() return coroutine.yield("in le") end,
    __concat = function(a, b) return coroutine.yield("in concat") end,
    __len = function() return coroutine.yield("in len") end,
    __newindex = function(t, k, v) coroutine.yield("in newindex " .. k) end,
    __call = function(self, x) return coroutine.yield("in call " .. x) end,
    __unm = function() return coroutine.yield("in unm") end })
  local got = { m + 1, m.key, m == setmetatable({}, getmetatable(m)), m < 1, m <= 1, m .. "x", #m, m(4), -m }
  m.z = 1
  for k in function(_, prev) return coroutine.yield("in iter") end do coroutine.yield("body " .. k) break end
  for i, v in ipairs(got) do got[i] = tostring(v) end
  return table.concat(got, ",")
end)
for i = 1, 16 do
  local r = co("r" .. i)
  print(i, r)
  if r and r:find("^r%d+,") then break end
end
-- wrap errors propagate with position
local w = coroutine.wrap(function() error("wrapped") end)
print(pcall(w))
w = coroutine.wrap(function() return 1 end)
w()
print(pcall(w))
