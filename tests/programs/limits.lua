-- Depth limits and refused memory, as errors the script catches.
local function rec(n) return n + rec(n + 1) end
print(pcall(rec, 1))
local co = coroutine.wrap(function() return pcall(rec, 1) end)
print(co())
print(pcall(string.rep, "x", 1e9), pcall(function() local s = "x" while true do s = s .. s end end))
print(pcall(function() local t = {} for i = 1, 1e9 do t[i] = { i } end end))
print(pcall(function() return table.concat(setmetatable({}, { __len = function() return 1e8 end, __index = function() return ("y"):rep(1000) end })) end))
print(#("after"):rep(1000))
local ok, e = pcall(function() return { table.unpack(setmetatable({}, { __index = function() return 1 end }), 1, 200000) } end)
print(ok, type(e))
local n = 0
local function count() n = n + 1 count() end
print(pcall(count), n > 1000)
print(pcall(function() local function f() return pcall(f) end return f() end))
print(select(2, pcall(function() local t = setmetatable({}, { __concat = function(a, b) return a .. b end }) return t .. t end)))
local function mutual() local c = coroutine.wrap(mutual) return c() end
print(pcall(mutual))
return "survived"
