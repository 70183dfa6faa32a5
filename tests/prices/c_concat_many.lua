-- Concatenations of 190 short strings.
local L = {}
for i = 1, 190 do L[i] = 'a' end
local f = load("local a = '' while true do local x = " .. table.concat(L, '..') .. ' end')
print('ready')
f()
