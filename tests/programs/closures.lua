-- Closures, upvalues in loops, varargs, goto, integer and float loops, multiple assignment.
local fs = {}
for i = 1, 20 do local j = i fs[i] = function(d) i = i + d j = j * 2 return i, j end end
local s = 0
for r = 1, 3 do for _, f in ipairs(fs) do local a, b = f(r) s = s + a + b end end
print(s)
local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end end
local inc, get = counter()
for _ = 1, 10 do inc() end
print(get())
local function va(...) local a, b = ... local t = { ... } return select("#", ...), a, b, #t, ... end
print(va()) print(va(1)) print(va(1, nil, 3, nil)) print((va(1, 2))) print(select(-1, va(7, 8)), select(2, "a", "b", "c"))
print(pcall(select, -5, 1), select("#"), select("#", nil, nil))
local function tail(n, acc) if n == 0 then return acc end return tail(n - 1, acc + n) end
print(tail(5000, 0))
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(15))
do local i = 1 ::top:: if i <= 5 then local k = i fs[i] = function() return k end i = i + 1 goto top end end
print(fs[1](), fs[3](), fs[5]())
for i = 10, 1, -3 do io = (io or "") .. i .. " " end
for x = 0, 1, 0.25 do io = io .. x .. " " end
for i = math.maxinteger - 2, math.maxinteger do io = io .. (i - math.maxinteger) .. " " end
for i = 3, 1 do io = io .. "never" end
for i = 1.0, 3 do io = io .. i .. " " end
print(io)
for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end if i == 3 then break end print(i, j) ::continue:: end end
local a, b, c = (function() return 1, 2, 3 end)()
a, b, c = c, a, b
local t = { 1, 2 } local i = 1
i, t[i] = i + 1, 20
print(a, b, c, i, t[1], t[2])
local x <const>, y <close> = 10, nil
while true do local z = function() return x end if z() == 10 then break end end
repeat local done = true; local g = function() return done end until g()
print(1 // 0.0, -1 // 0.0, 5 // -2, 5 % -2, -5 % 2, 5.5 % -2, 7 // 2.0, 2 ^ 10, 1 / 2, 3 | 4, 7 & 2, 5 ~ 1, ~0, 1 << 62, 1 << 64, -1 >> 1, 1 << -1)
print(math.maxinteger + 1 == math.mininteger, math.mininteger // -1, math.mininteger % -1, 1e308 * 10, -(0 / 0) ~= 0 / 0, 3 == 3.0, "3" == 3, math.type(1), math.type(1.0), math.type("1"))
print(0x7fffffffffffffff, 0xffffffffffffffff, 1e2, .5, 0x.8p1, 3 .. "", 3.0 .. "", -0.0 .. "", 2 ^ 53 .. "", 1e100 .. "")
print(not nil, nil == false, 1 and 2, nil and 1, false or "x", nil or false, 1 < 2 and 2 < 3, "a" .. "b" .. 1 + 2 .. "c")
local function many() return 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 end
print(({ many(), many() })[11], #{ many(), (many()) }, (select("#", many(), many())))
local big = {}
for n = 1, 300 do big[n] = n end
print(select("#", table.unpack(big)), (select(300, table.unpack(big))), math.max(table.unpack(big)))
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
print(deep(3000))
return va(1, 2, 3)
