-- 190 upvalues are made and closed again.
local L = {}
for i = 1, 190 do L[i] = 'a' .. i end
local f = load('local f while true do local ' .. table.concat(L, ',') .. ' f = function() return ' .. table.concat(L, '+') .. ' end end')
print('ready')
f()
