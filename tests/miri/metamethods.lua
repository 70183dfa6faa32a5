local log = {}
local mt = {}
for _, e in ipairs {"add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot", "concat"} do
  mt["__" .. e] = function(a, b) log[#log + 1] = e return e end
end
mt.__len = function() return 42 end
mt.__eq = function() return true end
mt.__lt = function() return true end
mt.__le = function() return false end
mt.__call = function(self, ...) return select("#", ...), ... end
mt.__tostring = function() return "obj" end
mt.__name = "Obj"
mt.__index = function(t, k) return k .. "!" end
mt.__newindex = function(t, k, v) rawset(t, k, v) end
mt.__pairs = function(t) return function(_, k) if not k then return 1, 2 end end, t, nil end
local o, p = setmetatable({}, mt), setmetatable({}, mt)
local _ = o + 1, 1 - o, o * p, o / 1, o % 1, o ^ 1, -o, o // 1, o & 1, 1 | o, o ~ 1, o << 1, 1 >> o, ~o, o .. "s", 1 .. o
o.new = 5
for k, v in pairs(o) do log[#log + 1] = k end
local base = {greet = function(s) return "hi " .. rawget(s, "n") end}
local mid = setmetatable({}, {__index = base})
local top = setmetatable({n = "z"}, {__index = mid, __newindex = mid})
top.extra = 3
local proxy = setmetatable({}, {__index = string})
getmetatable("").__index = function(s, k) return string[k] or k end
local q = ("x").foo
getmetatable("").__index = string
local deep = {}
for i = 1, 20 do deep = setmetatable({}, {__index = deep, __call = deep}) end
return #log == 17 and #o == 42 and o == p and o < p and not (o <= p) and select(2, o(7, 8)) == 7
  and tostring(o) == "obj" and o.field == "field!" and o.new == 5 and top:greet() == "hi z"
  and mid.extra == 3 and proxy.len("abc") == 3 and q == "foo" and deep.none == nil
