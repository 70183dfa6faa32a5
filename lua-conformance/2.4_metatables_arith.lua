-- Manual §2.4: arithmetic, bitwise and concatenation metamethods.
local log = {}
local function show(v) return type(v) == "table" and "obj" or tostring(v) end
local mt = {}
for _, name in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv",
  "band", "bor", "bxor", "shl", "shr", "concat" } do
  mt["__" .. name] = function(a, b) return name .. "(" .. show(a) .. "," .. show(b) .. ")" end
end
mt.__unm = function(a, b) return "unm(" .. show(a) .. "," .. tostring(rawequal(a, b)) .. ")" end
mt.__bnot = function(a, b) return "bnot(" .. show(a) .. "," .. tostring(rawequal(a, b)) .. ")" end
local o = setmetatable({}, mt)
print(o + 1, 1 + o, o + o, o + "x", "x" + o, o + nil)
print(o - 1, 1 - o, o * 2, 2 * o, o / 2, 2 / o)
print(o % 2, 2 % o, o ^ 2, 2 ^ o, o // 2, 2 // o)
print(o & 1, 1 & o, o | 1, 1 | o, o ~ 1, 1 ~ o)
print(o << 1, 1 << o, o >> 1, 1 >> o)
print(o & 1.5, 1.5 | o, o ~ "a", "a" << o)
print(o .. "x", "x" .. o, o .. 1, 1 .. o, o .. o)
print("a" .. "b" .. o .. "c")
print(-o, ~o)
print(o + 2.5, 2.5 + o, o - 100000, 100000 - o, o * 1e300)
-- the first operand's metamethod wins
local p = setmetatable({}, { __add = function() return "p" end })
print(o + p, p + o)
-- only one result is kept
local q = setmetatable({}, { __add = function() return 1, 2, 3 end, __sub = function() end })
print(q + 1)
print((q - 1) == nil, select("#", q - 1))
-- the metamethod may be any callable value
local callable = setmetatable({}, { __call = function(self, a, b) return "called " .. show(a) .. " " .. show(b) end })
print(setmetatable({}, { __add = callable }) + 5)
-- without one
local plain = {}
print(pcall(function() return plain + 1 end))
print(pcall(function() return 1 - plain end))
print(pcall(function() return plain .. "x" end))
print(pcall(function() return "x" .. plain end))
print(pcall(function() return plain & 1 end))
print(pcall(function() return -plain end))
print(pcall(function() return ~plain end))
-- errors inside
local bad = setmetatable({}, { __add = function() error("inside", 0) end })
print(pcall(function() return bad + 1 end))
print(pcall(function() return setmetatable({}, { __add = 1 }) + 1 end))
-- strings are not numbers for a metamethod
local s = setmetatable({}, { __lt = function() return true end })
print(pcall(function() return s + 1 end))
-- __name in messages
local named = setmetatable({}, { __name = "My.Type" })
print(pcall(function() return named + 1 end))
print(pcall(function() return named() end))
print(pcall(function() return named < 1 end))
print(pcall(function() return named < named end))
print(pcall(string.rep, named))
