-- Manual §3.4.7: the length operator.
print(#"", #"abc", #"a\0b", #"é", #("x"):rep(1000), -#"abc", #"a" + #"b", #"x" == 1)
print(#{}, #{ 1 }, #{ 1, 2, 3 }, #{ n = 1 }, #{ [1] = 1, [2] = 2 }, #{ 1, 2, n = 3, 3 })
local t = {}
for i = 1, 100 do t[i] = i end
print(#t); t[#t] = nil; print(#t); t[#t + 1] = 1; t[#t + 1] = 2; print(#t)
for i = 101, 51, -1 do t[i] = nil end
print(#t); for i = 1, 50 do t[i] = nil end; print(#t)
t = {}
for i = 10, 1, -1 do t[i] = i end
print(#t)
t = { [1] = 1, [3] = 3 }
t[2] = 2
print(#t)
print(#{ (function() return 1, 2, 3 end)() }, #{ ((function() return 1, 2, 3 end)()) }, #{ (function() end)() })
print(select("#"), select("#", nil), select("#", nil, nil), #{ n = nil })
-- with nils any border is valid
local b = { 1, 2, nil, 4 }
local n = #b
print(b[n] ~= nil and b[n + 1] == nil)
b = { nil, nil, 3 }
n = #b
print((n == 0 or b[n] ~= nil) and b[n + 1] == nil)
b = { 1, 2, 3, nil, 5, nil }
n = #b
print((n == 0 or b[n] ~= nil) and b[n + 1] == nil)
-- __len
local m = setmetatable({ 1, 2 }, { __len = function(s) return rawlen(s) * 10 end })
print(#m, rawlen(m), rawlen("abc"), rawlen({ 1, 2 }))
print(pcall(rawlen, 5)); print(pcall(rawlen)); print(pcall(rawlen, nil))
print(#setmetatable({}, { __len = function() return nil end }), #setmetatable({}, { __len = function() return 1.5 end }))
local function e(f) print(pcall(f)) end
e(function() return #nil end)
e(function() return #5 end)
e(function() return #print end)
e(function() return #true end)
e(function() local a; return #a end)
e(function() local a = {}; return #a.x end)
e(function() return #undefinedname end)
-- functions that use the length
print(#table.pack(1, nil, 3) <= 3, table.pack(1, nil, 3).n)
local proxy = setmetatable({}, { __len = function() return 3 end, __index = function(_, i) return i * 2 end })
print(table.concat(proxy, ","), table.unpack(proxy))
e(function() return table.unpack(setmetatable({}, { __len = function() return "x" end })) end)
e(function() return table.insert(setmetatable({}, { __len = function() return 1.5 end }), 1) end)
