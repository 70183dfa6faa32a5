-- A method with a long name.
local name = ('x'):rep(1000000)
local t = setmetatable({}, {__index = setmetatable({}, {__index = {[name] = function() end}})})
local f = load('local t = ... while true do t:' .. name .. '() end')
print('ready')
f(t)
