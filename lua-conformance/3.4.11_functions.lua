-- Manual §3.4.10-11: function calls and definitions.
local function f(a, b, ...) return select("#", ...), a, b, ... end
print(f()); print(f(1)); print(f(1, 2)); print(f(1, 2, 3, nil)); print(f(nil, nil, nil))
print((f(1, 2, 3)), f(1, 2, 3))
local function none() end
print(none()); print((none())); print(none(), none()); print(select("#", none())); print(select("#", (none())))
print(type(pcall(none)), select("#", pcall(none)))
-- varargs
local function va(...)
  local a, b = ...
  local t = { ... }
  local n = select("#", ...)
  return a, b, #t, n
end
print(va()); print(va(1)); print(va(1, 2, 3))
local function pass(...) return ... end
print(pass(1, nil, nil)); print((pass(1, 2))); print(pass(), 1); print(pass(1, 2), 3); print(({ pass(1, 2, 3) })[3])
local function count(...) local n = 0; for _ in pairs({ ... }) do n = n + 1 end; return n end
print(count(), count(1, 2), count(nil, 2), count(pass(1, 2), pass(3, 4)))
local function vsum(...) local s = 0; for i = 1, select("#", ...) do s = s + (select(i, ...)) end; return s end
print(vsum(), vsum(1, 2, 3), vsum(table.unpack({ 1, 2, 3, 4, 5 })))
-- 250 arguments and results
local many = {}
for i = 1, 250 do many[i] = i end
print(select("#", table.unpack(many)), (select(250, table.unpack(many))), vsum(table.unpack(many)))
print(pass(table.unpack(many)) == 1, #{ pass(table.unpack(many)) })
-- methods
local obj = { n = 1 }
function obj.plain(x) return x end
function obj:inc(by) self.n = self.n + (by or 1); return self end
obj.sub = { v = "sub" }
function obj.sub.deep(x) return x .. "!" end
function obj.sub:get() return self.v end
print(obj.plain(5), obj:inc():inc(10).n, obj.sub.deep("d"), obj.sub:get())
local name = "inc"
print(obj[name](obj, 5).n)
print(("abc"):upper():lower():len(), ("x"):rep(3, ","))
-- recursion and tail calls
local function loop(n, acc) if n == 0 then return acc end return loop(n - 1, acc + 1) end
print(loop(100000, 0))
local function ping(n) if n == 0 then return "done" end return (function(m) return ping(m) end)(n - 1) end
print(ping(50000))
local co = coroutine.wrap(function() return coroutine.yield(1) end)
print(co(), co("x"))
local tail = setmetatable({}, { __call = function(self, n) if n == 0 then return "called" end return self(n - 1) end })
print(tail(10000))
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20))
local Y = function(g) return (function(x) return x(x) end)(function(x) return g(function(...) return x(x)(...) end) end) end
print(Y(function(self) return function(n) return n == 0 and 1 or n * self(n - 1) end end)(10))
-- argument evaluation order
local log = {}
local function g(v) log[#log + 1] = v; return v end
g(1); f(g(2), g(3), g(4))
print(table.concat(log, " "))
-- stack overflow is an error
local function inf(n) return 1 + inf(n + 1) end
local ok, m = pcall(inf, 1)
print(ok, m:match("^[^\n]-: stack overflow") or m:match("stack overflow"))
-- functions as values and keys
local set = { [print] = "print", [f] = "f" }
print(set[print], set[f], (function() return "iife" end)())
-- parentheses and newlines
local r = (f)
(1, 2)
print(r)
-- default upvalue isolation in loops
local adders = {}
for i = 1, 3 do adders[i] = function(x) return x + i end end
print(adders[1](10), adders[2](10), adders[3](10))
print(load("local function f(a, a) return a end return f(1, 2)")())
print(load("return function(...) return ... end")()(1, 2))
print(load("function f() return ... end", "=v")); print(load("function f(..., a) end", "=v")); print(load("function f(a,) end", "=v"))
print(load("local function t.x() end", "=v")); print(load("function a:b.c() end", "=v")); print(load("function 1() end", "=v")); print(load("f(", "=v"))
print((function(...) return ... end)(...))
print(select("#", ...))
