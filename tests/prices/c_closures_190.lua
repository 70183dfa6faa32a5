-- Closures with 190 upvalues.
local L = {}
for i = 1, 190 do L[i] = 'a' .. i end
local f = load('local ' .. table.concat(L, ',') .. ' local f while true do f = function() return ' .. table.concat(L, '+') .. ' end end')
print('ready')
f()
