-- 190 long operands, of which a metamethod takes the first.
local L = {'t'}
for i = 2, 190 do L[i] = 'a' end
local f = load("local a = ('x'):rep(1000) local t = setmetatable({}, {__concat = function() return 'x' end}) while true do local x = " .. table.concat(L, '..') .. ' end')
print('ready')
f()
