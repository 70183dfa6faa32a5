-- Manual §3.3.1, §3.5: blocks, chunks, scope, shadowing, upvalues.
local x = 10
do
  local x = x
  print(x)
  x = x + 1
  do
    local x = x + 1
    print(x)
  end
  print(x)
end
print(x)
local x = x * 2
print(x)
-- each iteration has its own variable
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 10; return i end end
print(fs[1](), fs[1](), fs[2](), fs[3]())
local k = 1
local gs = {}
while k <= 3 do local j = k; gs[k] = function() j = j + 1; return j end; k = k + 1 end
print(gs[1](), gs[1](), gs[2](), gs[3]())
-- repeat sees the body's locals
local n = 0
repeat local done = n >= 3; n = n + 1 until done
print(n)
local hs = {}
local m = 0
repeat local c = m; hs[#hs + 1] = function() return c end; m = m + 1 until c >= 2
print(hs[1](), hs[2](), hs[3]())
-- shared upvalues
local function counter()
  local v = 0
  return function() v = v + 1; return v end, function() return v end, function(nv) v = nv end
end
local inc, get, set = counter()
inc(); inc()
print(get()); set(100); print(inc(), get())
local inc2, get2 = counter()
print(inc2(), get2(), get())
-- upvalues of upvalues
local function outer(a)
  return function(b)
    return function(c) a = a + 1; b = b + a; c = c + b; return a, b, c end
  end
end
local f = outer(1)(10)
print(f(100)); print(f(100))
-- recursion of local functions
local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end
print(fact(10), fact(20))
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(10), odd(7), even(7))
-- the name is not visible in its own initialiser
local notyet = type(notyet)
print(notyet)
local rec = function() return type(rec) end
print(rec())
-- _ENV
do
  local _ENV = { print = print }
  y = 5
  print(y, _ENV.y)
end
print(y)
local function sandbox() local _ENV <const> = { z = 1 }; z = z + 1; return z end
print(sandbox())
local function withenv(_ENV) return a + b end
print(withenv { a = 1, b = 2 })
print(pcall(function() local _ENV = nil; return x1 end))
print(pcall(function() local _ENV = 5; x1 = 1 end))
-- many locals
local src = {}
for i = 1, 200 do src[#src + 1] = "local v" .. i .. " = " .. i end
src[#src + 1] = "return v1 + v200"
print(load(table.concat(src, "\n"))())
src[#src] = "local v201 = 1"
print(load(table.concat(src, "\n"), "=many"))
-- return in the middle needs do
print((function() do return 1, 2 end end)())
