-- Manual §2.2: environments and the global environment.
print(_G._G == _G, _ENV == _G, _ENV._ENV)
x = 1; print(_G.x, _ENV.x, _G["x"]); _G.y = 2; print(y); _ENV.z = 3; print(z); x, y, z = nil, nil, nil
-- _ENV is a name like others
do local _ENV = { print = print }; a = "inner"; print(a, _ENV.a) end
print(a)
do local _ENV <const> = { print = print, b = "of a constant" }; print(b) end
local function with(_ENV) return name end
print(with({ name = "by parameter" }), with(_G) == nil)
local f
do local _ENV = { n = 0 }; function f() n = n + 1; return n end end
print(f(), f(), n)
for _, _ENV in ipairs { { v = 1 }, { v = 2 } } do _G = v; (function() end)() end
print(pcall(function() local _ENV = nil; return anything end)); print(pcall(function() local _ENV = 5; anything = 1 end)); print(pcall(function() local _ENV <const> = {}; print("x") end))
-- metamethods on the environment
local log = {}
local strict = setmetatable({}, { __index = function(_, k) log[#log + 1] = "get " .. k end, __newindex = function(t, k, v) log[#log + 1] = "set " .. k; rawset(t, k, v) end })
do local _ENV = strict; p = q; p = 5; local r = p end
print(table.concat(log, ", "))
-- chunks are compiled with _ENV as an upvalue, whatever is in scope around load
local _ENV = setmetatable({ value = "of the scope" }, { __index = _G })
print(value, load("return value")()); print(load("return value", "=c", "t", _ENV)())
print(load("local _ENV = {k = 'own'}; return k")()); print(load("return _ENV", "c", "t", "a string")()); print(pcall(load("return x", "=c", "t", 5)))
-- functions keep the environment they were made in; each closure its own
local makers = {}
for i = 1, 2 do local _ENV, at = { n = i * 10, makers = makers }, i; makers[at] = function() n = n + 1; return n end end
print(makers[1](), makers[1](), makers[2]())
-- assigning to _ENV itself
local function swap() local print = print; local _ENV = { t = "first" }; print(t); _ENV = { t = "second" }; print(t) end
swap()
