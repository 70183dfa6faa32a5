-- Errors of every kind, caught at several depths, with handlers and tracebacks.
local function try(f, ...) print(pcall(f, ...)) end
try(error, "plain") try(error, "level 2", 2) try(error, { 1 } and nil) try(error) try(error, 42)
print(select(2, pcall(error, { code = 7 })).code)
try(function() error("here") end) try(function() error("no position", 0) end)
local t = {}
try(function() return t.x.y end) try(function() return t.x.y.z end) try(function() t.a.b = 1 end)
try(function() return undefinedglobal() end) try(function() return t:nomethod() end) try(function() return ("x")() end)
try(function() return 1 + {} end) try(function() return {} .. "x" end) try(function() return #5 end) try(function() return -{} end)
try(function() return 1 < "2" end) try(function() return {} < {} end) try(function() return 1 // 0 end) try(function() return 1 % 0 end)
try(function() return 1.5 | 1 end) try(function() return "a" | 1 end) try(function() return 2 ^ 53 | 0 end) try(function() return 1e100 | 0 end)
try(function() t[nil] = 1 end) try(function() t[0 / 0] = 1 end) try(function() for i = 1, 10, 0 do end end) try(function() for i = "a", 10 do end end)
try(setmetatable, 1, {}) try(setmetatable, {}, 1) try(getmetatable) try(tonumber, "z", 99) try(tonumber, {}, 10) try(select, 0)
try(string.rep, {}, 1) try(("x").rep, "x", "y") try(ipairs) try(math.floor, "x") try(assert, false) try(assert, nil, "message") try(assert, false, { 1 } and 5) try(assert)
print(xpcall(function() error("in handler") end, function(m) return "handled: " .. m end))
print(xpcall(function() local x = nil; x() end, debug.traceback))
print(xpcall(function(a, b) return a + b end, print, 3, 4))
print(xpcall(error, function(m) error("again") end, "first"))
print(xpcall(function() error() end, function(m) return type(m) end))
local function deep(n) if n == 0 then error("bottom") end return (deep(n - 1)) end
print(pcall(deep, 50))
print(select(2, xpcall(deep, debug.traceback, 30)))
local function level3() error("level 3", 3) end
local function level2() level3() end
local function level1() level2() end
print(pcall(level1))
for i = 1, 60 do local ok, e = pcall(pcall, error, i) assert(ok and e == false) end
local function nest(n) if n == 0 then error("inner", 0) end local ok, e = pcall(nest, n - 1) error(e .. n % 10, 0) end
print(pcall(nest, 60))
print(pcall(function() local ok, e = pcall(error, "a") error(e .. "b", 0) end))
local obj = setmetatable({}, { __tostring = function() return "object" end })
print(tostring(select(2, pcall(error, obj))))
print(pcall(function() local a <const> = 1; local b <close> = 5 end))
print(select("#", pcall(error)), (pcall(coroutine.wrap(function() error("co") end))))
local function overflow() return 1 + overflow() end
local ok, message = pcall(overflow)
print(ok, #message > 10, message:match("stack overflow"))
print(pcall(string.rep, "x", -1), tostring(1e15), tostring(-0.0), 2 ^ 63, math.tointeger("8"), math.tointeger(3.0))
print(load("return +"), load("x ="), load("goto nowhere"), load("break"), load("local x <const> = 1; x = 2"))
error(setmetatable({ 1, 2 }, { __tostring = function() return "final error" end }))
