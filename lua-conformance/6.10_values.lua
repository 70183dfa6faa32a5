-- profile: full
-- Manual §6.10: metatables of every type, the registry, user values, and what is there.
local names = {}
for k, v in pairs(debug) do names[#names + 1] = k .. ":" .. type(v) end
table.sort(names); print(table.concat(names, " "))
-- getmetatable and setmetatable ignore __metatable
local t = setmetatable({}, { __metatable = "protected" }); print(getmetatable(t), type(debug.getmetatable(t)), debug.getmetatable(t).__metatable); print(pcall(setmetatable, t, {})); print(debug.setmetatable(t, nil) == t, getmetatable(t))
print(debug.getmetatable(5), debug.getmetatable(nil), debug.getmetatable(print), debug.getmetatable("").__index == string)
-- types share one
debug.setmetatable(0, { __index = math, __call = function(n, ...) return n, ... end, __len = function(n) return n * 2 end, __concat = nil }); print((4):sqrt(), (7)("called", 1), #21, (2.5):floor()); print(debug.setmetatable(5, nil), pcall(function() return (4):sqrt() end))
debug.setmetatable(nil, { __index = function(_, k) return "nil." .. tostring(k) end, __add = function() return "added" end }); local nothing; print(nothing.field, nothing[1], nothing + 1, undefined_global.x); debug.setmetatable(nil, nil); print(pcall(function() return nothing.field end))
debug.setmetatable(true, { __tostring = function(b) return b and "yes" or "no" end, __name = "truth", __unm = function(b) return not b end, __bor = function(a, b) return a == true or b == true end }); print(tostring(true), tostring(false), -true, true | false, ("%s"):format(false)); debug.setmetatable(true, nil); print(tostring(true))
debug.setmetatable(print, { __index = { curry = function(f, ...) local a = { ... }; return function(...) return f(a[1], ...) end end }, __concat = function(f, g) return function(...) return f(g(...)) end end }); print(math.max:curry(10)(3), (tostring .. math.abs)(-5), (function() end).curry ~= nil); debug.setmetatable(print, nil)
local co = coroutine.create(print); debug.setmetatable(co, { __call = function(c, ...) return coroutine.status(c), ... end, __index = { status = coroutine.status } }); print(co(1), coroutine.create(print)(2), co:status()); debug.setmetatable(co, nil)
local strings = debug.getmetatable(""); debug.setmetatable("", { __index = function(s, i) return type(i) == "number" and string.sub(s, i, i) or string[i] end, __call = function(s, ...) return s:format(...) end }); print(("abc")[2], ("%d-%d")(1, 2), ("x"):rep(3)); debug.setmetatable("", strings); print(("abc")[2], ("x"):upper())
print(pcall(debug.setmetatable, {}, 5)); print(pcall(debug.setmetatable, {})); print(pcall(debug.getmetatable)); print(pcall(debug.setmetatable)); print((pcall(debug.setmetatable, nil, nil)))
-- the registry
local registry = debug.getregistry(); print(type(registry), registry == debug.getregistry(), registry._LOADED == package.loaded, registry._PRELOAD == package.preload, getmetatable(registry)); print(getmetatable(io.stdout) == registry["FILE*"])
registry["of mine"] = { 1 }; collectgarbage(); print(debug.getregistry()["of mine"][1]); registry["of mine"] = nil
-- user values: of userdata only
print(debug.getuservalue(io.stdout, 1)); print(debug.getuservalue(io.stdout)); print(debug.getuservalue(5)); print(debug.getuservalue({}, 1)); print(debug.getuservalue(io.stdout, 0)); print(debug.setuservalue(io.stdout, 1)); print(pcall(debug.setuservalue, {}, 1)); print(pcall(debug.setuservalue, 5, 1)); print(pcall(debug.setuservalue, io.stdout)); print(debug.setuservalue(io.stdout, 1, 7)); print(pcall(debug.getuservalue))
-- the metatable of files is like others
local file = io.tmpfile(); local mt = getmetatable(file); debug.setmetatable(file, { __name = "MINE", __index = mt.__index }); print((tostring(file):gsub("0x%x+", "0x?")), pcall(file.read, file)); debug.setmetatable(file, mt); print(file:read("a"), file:close())
