-- Manual §6.1: basic functions.
print(type(_G), _G._G == _G, _VERSION, type(type))
print(pcall(type))
print(select("#", pcall(type, nil)))
-- select
print(select(1, "a", "b", "c")); print(select(2, "a", "b", "c")); print(select(-1, "a", "b", "c")); print(select(-2, "a", "b", "c"))
print(select(4, "a", "b", "c")); print(select("#")); print(select("#", nil, nil)); print((select(2, 1, 2, 3)))
print(pcall(select, 0)); print(pcall(select, -1)); print(pcall(select)); print(pcall(select, "x")); print(pcall(select, 1.5)); print(pcall(select, -5, 1))
-- raw access
local mt = { __index = function() return "meta" end, __newindex = function() end, __eq = function() return true end, __len = function() return 99 end }
local t = setmetatable({ 1, 2 }, mt)
print(rawget(t, "x"), t.x, rawequal(t, setmetatable({}, mt)), t == setmetatable({}, mt), rawlen(t), #t)
print(rawset(t, "x", 1) == t, rawget(t, "x"), rawequal(1, 1.0), rawequal("a", "a"), rawequal(nil, false))
print(pcall(rawget)); print(pcall(rawget, 1, 1)); print(pcall(rawget, {})); print(pcall(rawset, {}, 1)); print(pcall(rawset, {}, nil, 1))
print(pcall(rawequal, 1)); print(pcall(rawequal)); print(rawget({ nil, 5 }, 2))
-- next
print(next({})); print(next({ 10 })); print(next({ 10 }, 1)); print(next({ a = 1 })); print(pcall(next, { 1 }, "nokey")); print(pcall(next)); print(pcall(next, 1))
local count = 0
for k, v in next, { 1, 2, 3, a = 4, b = 5 } do count = count + v end
print(count)
local function order(t) local keys = {}; for k in pairs(t) do keys[#keys + 1] = tostring(k) end; table.sort(keys); return table.concat(keys, " ") end
print(order { 1, 2, 3, x = 1, y = 2, [1.5] = 3, [true] = 4 })
-- pairs and ipairs
print(pcall(pairs)); print((pcall(pairs, nil))); print(pcall(ipairs)); print((pcall(ipairs, nil))); print(select("#", ipairs({}))); print(select("#", pairs({})))
local f, s, i = ipairs({ 5, 6 })
print(f(s, i)); print(f(s, 1)); print(f(s, 2))
local pf, ps, pi = pairs({}); print(pf == next, pi)
print(pcall(function() for k in pairs(5) do end end))
local pp = setmetatable({}, { __pairs = function(x) return "a", "b", "c", "d" end })
print(pairs(pp))
-- tostring
print(tostring(12), tostring(-0.0), tostring("s"), tostring(nil), tostring(false)); print(pcall(tostring))
print(tostring(setmetatable({}, { __tostring = function() return "T!" end, __name = "N" })))
print(tostring(print):match("^builtin") or tostring(print):match("^function"), tostring({}):match("^table: "), tostring(coroutine.create(print)):match("^thread: "))
-- print uses __tostring
print(setmetatable({}, { __tostring = function() return "printed" end }), nil, 1.0)
print(pcall(print, setmetatable({}, { __tostring = function() return nil end })))
-- metatables
print(getmetatable({}), pcall(getmetatable)); print(getmetatable("x").__name)
print(pcall(setmetatable, {}, 5)); print(pcall(setmetatable, 5, {})); print(pcall(setmetatable))
print(getmetatable(setmetatable({}, { __metatable = "hidden" })), pcall(setmetatable, setmetatable({}, { __metatable = 1 }), nil))
-- error values through pcall
print(pcall(error, nil)); print(pcall(error, { 1 }) == false, select(2, pcall(error, "s", 2)))
print(pcall(error, setmetatable({}, { __tostring = function() return "E" end })))
print(pcall(pcall)); print(pcall(string.rep)); print(pcall(string.rep, "x")); print(pcall(string.rep, "x", {})); print(pcall(("x").rep, "x", 1e100))
