-- Every event, with inheritance chains, call chains, comparison and arithmetic.
local V = {} V.__index = V
local function v(x, y) return setmetatable({ x = x, y = y }, V) end
for _, op in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor", "shl", "shr", "concat" } do
  V["__" .. op] = function(a, b) local x = type(a) == "table" and a.x or a local y = type(b) == "table" and b.x or b return op .. "(" .. tostring(x) .. "," .. tostring(y) .. ")" end
end
V.__unm = function(a) return "unm" .. a.x end V.__bnot = function(a) return "bnot" .. a.x end V.__len = function(a) return a.x end
V.__eq = function(a, b) return a.x == b.x end V.__lt = function(a, b) return a.x < b.x end V.__le = function(a, b) return a.x <= b.x end
V.__call = function(self, ...) return self.x, select("#", ...), ... end
V.__tostring = function(a) return "V" .. a.x end V.__name = "Vector"
local a, b = v(1, 2), v(3, 4)
print(a + b, a - 1, 2 * b, a / b, a % 3, a ^ 2, 7 // a, a & 1, 1 | a, a ~ b, a << 1, 1 >> a, a .. "s", "s" .. a, a .. b, 1 .. a)
print(-a, ~a, #a, a == b, a == v(1), a ~= v(1), a < b, a <= b, a > b, a >= b, tostring(a), a(1, nil, 3))
print(pcall(function() return a < 1 end), pcall(function() return {} + a end))
local Base = { greet = function(self) return "base " .. self.name end } Base.__index = Base
local Mid = setmetatable({ mid = function() return "mid" end }, Base) Mid.__index = Mid
local Leaf = setmetatable({}, Mid) Leaf.__index = Leaf
local o = setmetatable({ name = "o" }, Leaf)
print(o:greet(), o.mid(), o.missing, rawget(o, "greet"))
local log = {}
local logged = setmetatable({}, { __index = function(t, k) log[#log + 1] = "get " .. tostring(k) return k end, __newindex = function(t, k, val) log[#log + 1] = "set " .. tostring(k) rawset(t, k, val) end })
logged.a = logged.b; logged[1] = logged[2]; logged.a = 5; local _ = logged.a, logged[3.5], logged[true]
print(table.concat(log, ","))
local chain = {}
for i = 1, 50 do chain = setmetatable({ ["k" .. i] = i }, { __index = chain, __newindex = i > 1 and chain or nil }) end
print(chain.k1, chain.k25, chain.none) chain.fresh = 1
local callee = function(...) return select("#", ...) end
local c = callee
for i = 1, 10 do c = setmetatable({}, { __call = c }) end
print(c(1, 2))
print(pcall(setmetatable({}, { __call = 5 })), getmetatable("").__index == string, getmetatable(setmetatable({}, { __metatable = "locked" })), pcall(setmetatable, setmetatable({}, { __metatable = 1 }), {}))
local env = setmetatable({}, { __index = _G, __newindex = function(t, k, val) rawset(t, k, val and val * 2) end })
local chunk = load("x = 21; y = x; return x, y, type(print)", "chunk", "t", env)
print(chunk())
local lazy = setmetatable({}, { __index = function(t, k) local r = k <= 1 and k or t[k - 1] + t[k - 2] rawset(t, k, r) return r end })
print(lazy[40])
local cmp = setmetatable({}, { __lt = function() return nil end, __le = function() return 1 end, __eq = function() return 0 end })
print(cmp < {}, cmp <= {}, cmp == setmetatable({}, getmetatable(cmp)), not (cmp > 1))
local sorted = {}
for i = 1, 30 do sorted[i] = v((i * 17) % 31) end
table.sort(sorted)
for i = 1, 30 do io = (io or "") .. sorted[i].x .. " " end
print(io)
print(#setmetatable({}, { __len = function() return "len" end }), pcall(table.concat, setmetatable({}, { __len = function() return "x" end })))
print(pcall(tostring, setmetatable({}, { __tostring = function() return 1 end })), tostring(setmetatable({}, { __name = "Named" })):match("^Named: 0x"))
local gets = 0
local counter = setmetatable({}, { __index = function(_, k) gets = gets + 1 return nil end })
for i = 1, 50 do local _ = counter.x, counter[i], counter[i .. ""] end
return gets, a.x
