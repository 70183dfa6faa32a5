-- Concatenations of 190 floats.
local L = {}
for i = 1, 190 do L[i] = 'a' end
local f = load('local a = 5e-324 while true do local x = ' .. table.concat(L, '..') .. ' end')
print('ready')
f()
