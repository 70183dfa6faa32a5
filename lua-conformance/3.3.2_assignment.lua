-- Manual §3.3.3 (and §3.3.2): assignment and control structures.
local a, b, c = 1, 2
print(a, b, c)
a, b = b, a
print(a, b)
a, b, c = (function() return 1, 2, 3 end)()
print(a, b, c)
a, b, c = 0, (function() return 1, 2, 3 end)()
print(a, b, c)
a, b, c = (function() return 1, 2, 3 end)(), 10
print(a, b, c)
a, b = ((function() return 1, 2 end)())
print(a, b)
local i, t = 3, {}
i, t[i] = i + 1, 20
print(i, t[3], t[4])
local x = { 1, 2, 3 }
x[1], x[2], x[3] = x[3], x[1], x[2]
print(x[1], x[2], x[3])
-- expressions are evaluated before any assignment
local log = {}
local function tag(n, v) log[#log + 1] = n; return v end
local tt = {}
tt[tag("k1", 1)], tt[tag("k2", 2)] = tag("v1", "a"), tag("v2", "b"), tag("v3", "c")
print(table.concat(log, " "), tt[1], tt[2])
-- locals assigned while used as table and key
do
  local a = { 10 }
  local orig = a
  a[1], a = 99, nil
  print(orig[1], a)
end
do
  local k = 1
  local r = {}
  r[k], k = "x", 2
  print(r[1], r[2], k)
end
do
  local a = {}
  local b = a
  a.x, a = 1, { y = 2 }
  print(b.x, a.x, a.y)
end
-- nested fields, method results
local deep = { a = { b = { c = {} } } }
deep.a.b.c.d, deep.a.b.e = 5, 6
print(deep.a.b.c.d, deep.a.b.e)
-- compound indexes evaluated once
local cnt = 0
local function idx() cnt = cnt + 1; return cnt end
local arr = {}
arr[idx()] = idx()
print(arr[1], cnt)
-- errors with variable names
print(pcall(function() local q; q.x = 1 end))
print(pcall(function() undefinedglobal.x = 1 end))
print(pcall(function() local q = {}; q.a.b = 1 end))
print(pcall(function() local q = {}; q.a.b.c = 1 end))
print(pcall(function() x.y.z = 1 end))
print(pcall(function() local q = {}; q[1][2] = 3 end))
print(pcall(function() local q, k = {}, "key"; q[k][k] = 3 end))
-- const
print(load("local x <const> = 1; x = 2", "=c"))
print(load("local x <close> = nil; x = 2", "=c"))
print(load("local x <const> = 1; local function f() x = 2 end", "=c"))
print(load("local x <foo> = 1", "=c"))
print(load("f() = 1", "=c"))
print(load("a, f() = 1, 2", "=c"))
print(load("(a) = 1", "=c"))
print(load("a.b:c = 1", "=c"))
print(load("a", "=c"))
print(load("a, b", "=c"))
-- constants fold
local K <const> = 40
local S <const> = "s"
local N <const> = nil
local B <const> = true
print(K + 2, S .. "t", N, B and K, -K, K == 40, ({ [S] = K }).s)
