-- A concatenation with a metamethod at each of 190 steps.
local L = {}
for i = 1, 190 do L[i] = 'a' end
local f = load("local a = setmetatable({}, {__concat = function() return 'x' end}) while true do local x = " .. table.concat(L, '..') .. ' end')
print('ready')
f()
