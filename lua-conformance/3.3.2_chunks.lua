-- Manual §3.3.2: chunks, and what they return; §3.3.6: calls as statements; §3.3.7: local declarations.
print(select("#", load("")()), select("#", load(";;;")()), load("return 1, 2, 3")()); print(load("return ...")("a", nil)); print(load("local a, b = ...; return b, a")(1, 2, 3))
print(load("return")()); print(load("return;")()); print(load("do return 1 end")()); print(load("return 1 return 2")); print(load("return 1 x = 2")); print((load("do return 1 end return 2"))())
print(load("local function f() return f end return f() == f")()); print(load("f()", "=c") ~= nil); print(load("f", "=c")); print(load("f.x", "=c")); print(load("f() = 1", "=c")); print(load("(f)", "=c")); print(load("1", "=c")); print(load("'a':len()", "=c")); print(load("('a'):len()", "=c") ~= nil); print(load("f{}.x'y':z()", "=c") ~= nil)
-- local declarations
local a, b, c = 1, 2; print(a, b, c); local a <const>, b = a + 1, a + 2; print(a, b); local x = x; print(x); local f = function() return f end; print(f() == nil)
local function count(...) return select("#", ...) end
local one, rest = (count(1, 2)), count(1, 2, 3); print(one, rest); local p, q, r = (function() return 1, 2, 3 end)(); print(p, q, r); local p, q, r = ((function() return 1, 2, 3 end)()); print(p, q, r); local p, q, r = 0, (function() return 1, 2, 3 end)(); print(p, q, r)
print(load("local a <const> = 1; a = 2", "=c")); print(load("local a <close> = nil; a = 2", "=c")); print(load("local a <const> = 1; return function() a = 2 end", "=c")); print(load("local a <wrong> = 1", "=c")); print(load("local a <const", "=c")); print(load("local a <close>, b <close> = nil", "=c")); print(load("local a <const>, b <close> = 1; return a, b")()); print(load("local <const> a = 1", "=c")); print(load("local a<const> =1 return a")()); print(load("local a, a = 1, 2; return a")())
print(load("local function a.b() end", "=c")); print(load("local function f:m() end", "=c")); print(load("local", "=c")); print(load("local 1 = 2", "=c")); print(load("local a =", "=c")); print(load("local a.b = 1", "=c")); print(load("local a[1] = 1", "=c")); print(load("local and = 1", "=c"))
print(load("local K <const> = 10; local t = {}; for i = 1, K do t[i] = i end; return #t, -K, K .. '', K // 3")()); print(load("local N <const>, S <const>, B <const> = nil, 's', true; return N, S, B, not B, S .. S")())
-- 200 local variables, and one too many
local names = {}; for i = 1, 200 do names[i] = "v" .. i end
print(load("local " .. table.concat(names, ",") .. " = 1") ~= nil); names[201] = "v201"; print(load("local " .. table.concat(names, ","), "=c"))
