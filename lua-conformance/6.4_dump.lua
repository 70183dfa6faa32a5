-- profile: full
-- Manual §6.4: string.dump, and load of what it made.
local function through(f, strip, env) return load(string.dump(f, strip), "=dumped", "b", env or _G) end
print(through(function(...) return ..., select("#", ...) end)(1, 2, 3)); print(through(function() return 1, 1.5, "s", nil, true, false, -0.0, 1 / 0, math.mininteger end)())
print(type(string.dump(print ~= nil and function() end)), string.dump(function() end):sub(1, 4) == "\27Lua")
-- upvalues are fresh, and nil but for the first, which is the globals
local a, b = 1, 2
local f = through(function() a = (a or 0) + 1; b = b or "new"; return a, b end)
print(pcall(f)); print(a, b)
local g = through(function() return print ~= nil, type(_ENV) end); print(g())
local h = through(function() return x end, false, { x = "of the environment" }); print(h())
local counter = load(string.dump(function() local n = 0; return function() n = n + 1; return n end end)); local c1, c2 = counter()(), counter(); print(c1, c2(), c2())
-- nested functions, strings, numbers, varargs, gotos, to-be-closed variables
local fib = through(function(n) local function fib(i) if i < 2 then return i end return fib(i - 1) + fib(i - 2) end return fib(n) end); print(fib(20))
print(through(function() local log = {}; do local v <close> = setmetatable({}, { __close = function() log[1] = "closed" end }) end return log[1] end)())
print(through(function() for i = 1, 10 do if i == 5 then goto out end end ::out:: return "left by goto" end)())
print(#through(load("return '" .. ("x"):rep(100000) .. "'"))()); print(through(load("return '\\0\\255\\n', 0x7fffffffffffffff, 1e308, 0x1p-1074"))())
local many = {}
for i = 1, 1000 do many[i] = ("'k%d', %d.5"):format(i, i) end
print(select("#", through(load("return {" .. table.concat(many, ",") .. "}"))()), #through(load("return {" .. table.concat(many, ",") .. "}"))())
-- debug information stays, or is stripped
local plain = load("local x\nlocal function inner(p)\n  error('here')\nend\nreturn inner", "=source"); print(pcall(load(string.dump(plain))())); print(pcall(load(string.dump(plain, true))()))
print(pcall(load(string.dump(load("local t = nil; return t.x", "=source"))))); print(pcall(load(string.dump(load("local t = nil; return t.x", "=source"), true))))
print(debug.getinfo(load(string.dump(plain)), "S").short_src, debug.getinfo(load(string.dump(plain, true)), "S").short_src, debug.getinfo(load(string.dump(plain, true)), "l").currentline)
print(#string.dump(plain, true) < #string.dump(plain), #string.dump(plain, false) == #string.dump(plain), string.dump(plain) == string.dump(plain))
-- dumped again it is the same
print(string.dump(load(string.dump(plain))) == string.dump(plain), string.dump(load(string.dump(plain, true)), true) == string.dump(plain, true))
-- in pieces
local bytes = string.dump(function() return "from pieces" end)
local at = 0
print(load(function() at = at + 1; if at <= #bytes then return bytes:sub(at, at) end end)()); at = 0
print(load(function() at = at + 1; return ({ bytes:sub(1, 20), bytes:sub(21) })[at] end, "x", "b")())
-- truncated and damaged ones are refused
local refused = 0
for cut = 1, #bytes - 1 do if load(bytes:sub(1, cut), "x", "b") == nil then refused = refused + 1 end end
print(refused == #bytes - 1); print(load("\27", "=x")); print(load("\27Lua", "=x")); print(load("\27Lub" .. ("\0"):rep(100), "=x")); print((load(bytes, "x", "t")))
-- what cannot be dumped
print(pcall(string.dump, print)); print(pcall(string.dump)); print(pcall(string.dump, 5)); print(pcall(string.dump, coroutine.wrap(print))); print((pcall(string.dump, function() end, "any")))
