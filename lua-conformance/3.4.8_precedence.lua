-- Manual §3.4.8: precedence; §3.4.10: function calls; §3.4.12: lists of expressions; §3.5: visibility.
-- expressions show how they were grouped
local function text(v) return type(v) == "table" and v.text or tostring(v) end
local mt = {}
local function node(s) return setmetatable({ text = s }, mt) end
for event, op in pairs { __add = "+", __sub = "-", __mul = "*", __div = "/", __mod = "%", __pow = "^", __idiv = "//", __band = "&", __bor = "|", __bxor = "~", __shl = "<<", __shr = ">>", __concat = ".." } do mt[event] = function(a, b) return node("(" .. text(a) .. op .. text(b) .. ")") end end
for event, op in pairs { __unm = "-", __bnot = "~", __len = "#" } do mt[event] = function(a) return node("(" .. op .. text(a) .. ")") end end
local a, b, c, d = node "a", node "b", node "c", node "d"
for _, e in ipairs { a + b * c, (a + b) * c, a - b - c, a .. b .. c, a ^ b ^ c, -a ^ b, -a * b, a * -b, #a .. b, ~a ~ b, a ~ ~b, a << b + c, a + b << c, a & b | c ~ d, a | b & c, a ~ b & c, a .. b + c, a .. b << c, a << b .. c, a // b % c * d, a ^ -b, a ^ #b ^ -c, - -a, -~#a, a & b == nil and 1 or a, not nil and a + b, a or b + c, nil or a .. b .. c, 2 ^ 3 ^ 2, -2 ^ 2, 2 * 3 % 4, 1 .. 2 .. 3, "a" .. 1 + 2, 7 // 2 * 2, 1 << 2 + 1, 5 & 6 | 8, 1 + 1 == 2, "a" < "b" == true, not 1 == 2, #"abc" + 1, -"2" + 0, 1 or error() and error(), nil and error() or 3, false or nil, nil or false, 1 and 2 or 3 } do print(text(e)) end
-- calls
local function args(...) return select("#", ...), ... end
print(args()); print(args(nil)); print((args(1, 2))); print(args(args())); print(args(args(), args())); print(args((args()), 5)); print(args { 1 } == 1, args "s" == 1, args [[t]]); print(#{ args(1, 2) }, #{ args(1, 2), 0 }, #{ (args(1, 2)) })
local o = { name = "o" }; function o:m(...) return self.name, ... end; function o.f(...) return ... end; print(o:m(1), o.m({ name = "other" })); print(o:m "s", (o:m { 1 })); print(("%d"):rep(2):format(1, 2)); print(#o.f("x"), o.f { "y" }[1], (o.f)("z"))
local f = function() return function() return "twice" end end; print(f()()); local g = f
print((function(...) return select("#", ...) end)(nil, nil)); print(pcall(function() local n; n() end)); print(pcall(function() o:nothing() end)); print(pcall(function() (1)() end)); print(pcall(function() o.a.b() end))
-- arguments are evaluated from the left, before the call
local order = {}; local function e(n) order[#order + 1] = n; return n end; args(e(1), e(2), { e(3), [e(4)] = e(5) }, e(6) + e(7)); print(table.concat(order, " "))
-- proper tail calls go on for ever; others do not
local function loop(n) if n == 0 then return "done" end return loop(n - 1) end; print(loop(100000)); local function deep(n) return 1 + deep(n + 1) end; print((select(2, pcall(deep, 1)):gsub("\n.*", ""):match("stack overflow")))
-- lists: adjusted to what is needed
local function three() return 1, 2, 3 end; local x, y, z, w = three(); print(x, y, z, w); x, y = three(); print(x, y); x, y, z = 0, three(); print(x, y, z); x, y, z = three(), 10; print(x, y, z); x, y, z = (three()); print(x, y, z); local t = { three(), three() }; print(#t); t = { three(), (three()) }; print(#t); t = { n = three(), three() }; print(#t, t.n); print(three(), (three())); local v = function(...) local p, q = ...; return q, ... end; print(v(1, 2), v()); print((v(7, 8, 9)))
-- visibility: a block's variables shadow, and come back
local s = "outer"; do print(s); local s = s .. ", inner"; print(s); do local s <const> = 3; print(s) end; print(s) end; print(s)
local r = {}; for i = 1, 3 do local j = i; r[i] = function() j = j + i; return j end end; print(r[1](), r[1](), r[2](), r[3]()); repeat local done = true until done; print(done); local i = "kept"; for i = 1, 1 do end; print(i)
while true do local k = 5; if k then break end end; print(k); local function rec(n) return n == 0 and 0 or 1 + rec(n - 1) end; print(rec(10)); local rec2 = function(n) return rec2 end; print(rec2(1))
