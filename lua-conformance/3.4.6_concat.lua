-- Manual §3.4.6: concatenation.
print("a" .. "b", "a" .. 1, 1 .. "a", 1 .. 2, 1.5 .. "x", -1 .. "", 2^53 .. "", 1e15 .. "", 10 // 3 .. "")
print("a" .. "b" .. "c" .. "d", "x" .. ("y" .. "z"), ("x" .. "y") .. "z")
print("" .. "", "" .. "a", "a" .. "", #("" .. ""), #("a\0b" .. "\0c"))
local parts = ""
for i = 1, 20 do parts = parts .. i .. "," end
print(parts, #parts)
local s = ("x"):rep(50) .. ("y"):rep(50)
print(#s, s:sub(49, 52), s == ("x"):rep(50) .. ("y"):rep(50))
-- right associative with metamethods
local order = {}
local mt = { __concat = function(a, b)
  local function n(v) return type(v) == "table" and v.n or v end
  order[#order + 1] = n(a) .. "+" .. n(b)
  return setmetatable({ n = "(" .. n(a) .. n(b) .. ")" }, getmetatable(type(a) == "table" and a or b))
end }
local function o(n) return setmetatable({ n = n }, mt) end
print((o "a" .. o "b" .. o "c").n, table.concat(order, " ")); order = {}
print(("p" .. o "q" .. "r").n, table.concat(order, " ")); order = {}
print(("1" .. "2" .. o "3" .. "4" .. "5").n, table.concat(order, " ")); order = {}
print((1 .. o "x").n, (o "x" .. 2.5).n)
local stop = setmetatable({}, { __concat = function(a, b) return "stop" end })
print("a" .. stop .. "b" .. "c", "x" .. "y" .. stop)
local function e(f) print(pcall(f)) end
e(function() return "a" .. nil end)
e(function() return nil .. "a" end)
e(function() return "a" .. {} end)
e(function() return {} .. 1 end)
e(function() return true .. "" end)
e(function() local t = {}; return "a" .. t.x .. "b" end)
e(function() local a, b; return a .. b end)
e(function() local a = "ok"; local b; return a .. b .. a end)
e(function() return "x" .. print end)
e(function() return undefinedname .. "x" end)
-- evaluation order
local log = {}
local function g(v) log[#log + 1] = v; return v end
print(g("a") .. g("b") .. g("c") .. g("d"), table.concat(log))
-- many operands
local src = {}
for i = 1, 100 do src[i] = "'" .. i % 10 .. "'" end
print(load("return " .. table.concat(src, ".."))())
-- results are interned like literals
local t = { ab = 1 }
local a, b = "a", "b"
print(t[a .. b], rawequal(a .. b, "ab"))
-- precedence with comparison and arithmetic
print("a" .. "b" == "ab", 1 + 2 .. "", "a" .. 2 * 3, 2 ^ 2 .. 3, -1 .. -2, not ("a" .. "b"))
