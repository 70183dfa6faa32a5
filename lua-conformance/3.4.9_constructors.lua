-- Manual §3.4.9: table constructors.
local t = { 1, 2, 3 }
print(#t, t[1], t[3])
t = { x = 1, ["y z"] = 2, [3] = "three", [1 + 1] = "two", [true] = "bool", [1.5] = "frac" }
print(t.x, t["y z"], t[3], t[2], t[true], t[1.5], t[1])
t = { "a", "b"; "c", x = 1; "d", }
print(#t, t[4], t.x)
t = { [1] = "explicit", "positional" }
print(t[1])
t = { f = function(a) return a * 2 end, g = { h = { i = "deep" } } }
print(t.f(4), t.g.h.i)
local function many() return 1, 2, 3 end
print(#{ many() }, #{ many(), many() }, #{ many(), 10 }, #{ (many()) }, #{ x = many() }, ({ many(), nil })[2])
local function va(...) return { ... }, { n = select("#", ...), ... }, { ..., "last" }, { "first", ... } end
local a, b, c, d = va(1, nil, 3)
print(a[1], a[2], a[3], b.n, b[3], c[1], c[2], d[1], d[4])
print(#va(), va()[1])
-- long constructors
local src = { "return {" }
for i = 1, 300 do src[#src + 1] = i .. "," end
src[#src + 1] = "}"
local big = load(table.concat(src))()
local sum = 0
for i, v in ipairs(big) do sum = sum + v end
print(#big, sum)
src = { "return {" }
for i = 1, 300 do src[#src + 1] = "k" .. i .. " = " .. i .. "," end
src[#src + 1] = "1, 2, (function() return 3, 4, 5 end)()}"
big = load(table.concat(src))()
print(big.k1, big.k300, #big)
src = { "local function f() return 1, 2, 3 end return {" }
for i = 1, 120 do src[#src + 1] = "'s" .. i .. "'," end
src[#src + 1] = "f()}"
big = load(table.concat(src))()
print(#big, big[50], big[51], big[120], big[123])
-- evaluation order
local log = {}
local function g(v) log[#log + 1] = v; return v end
t = { g(1), [g(2)] = g(3), g(4), x = g(5), g(6) }
print(table.concat(log, " "), t[1], t[2], t[3])
-- duplicate names: the last one wins
t = { a = 1, a = 2, ["a"] = 3 }
print(t.a)
-- nil values and keys
t = { nil, 2, x = nil }
print(t[2], t.x, rawlen({ nil }))
print(pcall(function() return { [nil] = 1 } end))
print(pcall(function() return { [0 / 0] = 1 } end))
print(load("x = {1, 2", "=c")); print(load("x = {1 2}", "=c")); print(load("x = {[1] 2}", "=c"))
print(load("x = {a = }", "=c")); print(load("x = {,}", "=c")); print(load("x = {;}", "=c")); print(load("x = {a, b = 1, [c] = 2;}", "=c") ~= nil)
-- nested and self references
local list = nil
for i = 1, 5 do list = { value = i, next = list } end
local s = ""
while list do s = s .. list.value; list = list.next end
print(s)
-- methods inside
local acc = { total = 0, add = function(self, n) self.total = self.total + n; return self end }
print(acc:add(1):add(2):add(3).total)
-- strings as calls on constructors
print(#{ "a" } .. "", ({ "x", "y" })[2], ({ n = { 1 } }).n[1], #(({})))
