-- Coroutines: generators, yields across pcall, metamethods, sort, gsub, closing.
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end return "done" end) end
local g = gen(5)
for _ = 1, 6 do print(g()) end
print(pcall(g))
local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  local d, e = coroutine.yield(c * 2)
  print(coroutine.isyieldable(), coroutine.running())
  error({ code = d + e })
end)
print(coroutine.resume(co, 1, 2)) print(coroutine.status(co)) print(coroutine.resume(co, 10))
local ok, err = coroutine.resume(co, 3, 4)
print(ok, err.code, coroutine.status(co), coroutine.resume(co))
print(coroutine.isyieldable(), select(2, coroutine.running()), pcall(coroutine.yield, 1))
local function across()
  local t = setmetatable({}, {
    __index = function(_, k) return coroutine.yield("index " .. k) end,
    __add = function(a, b) return coroutine.yield("add") end,
    __lt = function() return coroutine.yield("lt") end,
    __concat = function() return coroutine.yield("concat") end,
    __call = function(_, x) return coroutine.yield("call " .. x) end,
    __eq = function() return coroutine.yield("eq") end,
    __len = function() return coroutine.yield("len") end,
    __newindex = function(_, k, v) coroutine.yield("newindex " .. k) end,
    __close = function() coroutine.yield("close") end,
  })
  local u = setmetatable({}, getmetatable(t))
  print(t.x, t + 1, t < u, t .. "x", t(5), t == u, #t)
  t.field = 1
  do local c <close> = t end
  print(pcall(function() coroutine.yield("in pcall") error("after yield", 0) end))
  print(xpcall(function() coroutine.yield("in xpcall") error("after", 0) end, function(m) return m .. "!" end))
  local l = { 3, 1, 2 }
  table.sort(l, function(a, b) coroutine.yield("sort") return a < b end)
  print(table.concat(l, " "))
  print((("abc"):gsub("%w", function(c) return coroutine.yield("gsub " .. c) end)))
  for a in ("x y"):gmatch("%a") do coroutine.yield(a) end
  for k, v in pairs(setmetatable({}, { __pairs = function(t) coroutine.yield("pairs") return next, { a = 1 } end })) do coroutine.yield(k) end
  return "end"
end
local c = coroutine.create(across)
local value
for i = 1, 100 do
  local ok, what = coroutine.resume(c, value)
  print(i, ok, what)
  if coroutine.status(c) == "dead" then break end
  value = i % 3 == 0 and "v" .. i or i
end
local log = {}
local closing = coroutine.create(function()
  local a <close> = setmetatable({}, { __close = function(_, e) log[#log + 1] = "a " .. tostring(e) end })
  local b <close> = setmetatable({}, { __close = function(_, e) log[#log + 1] = "b " .. tostring(e) error("closing b", 0) end })
  coroutine.yield(1)
end)
coroutine.resume(closing)
print(coroutine.close(closing)) print(table.concat(log, ";"), coroutine.status(closing))
print(coroutine.close(coroutine.create(print)), pcall(coroutine.close, coroutine.running()))
local function producer() return coroutine.create(function() for i = 1, 20 do coroutine.yield(i) end end) end
local function filter(p) return coroutine.create(function() while true do local ok, v = coroutine.resume(p) if not v then return nil end if v % 2 == 0 then coroutine.yield(v) end end end) end
local f, s = filter(filter(producer())), 0
while true do local _, v = coroutine.resume(f) if not v then break end s = s + v end
print(s)
local many = {}
for i = 1, 60 do many[i] = coroutine.wrap(function(...) local n = select("#", ...) while true do n = n + coroutine.yield(n) end end) many[i](1, 2, 3) end
local total = 0
for round = 1, 5 do for i = 1, 60 do total = total + many[i](round) end end
local function recur(n) if n == 0 then return 0 end return 1 + coroutine.wrap(recur)(n - 1) end
print(recur(50), pcall(recur, 300))
print(coroutine.wrap(function(...) return select("#", ...), ... end)(table.unpack({}, 1, 50)))
local w = coroutine.wrap(function() return pcall(pcall, error, coroutine.yield()) end)
w()
print(w("x"))
local selfref; selfref = coroutine.create(function() return coroutine.resume(selfref) end)
print(coroutine.resume(selfref))
return total
