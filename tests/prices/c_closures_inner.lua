-- Closures with 190 upvalues of the function around them.
local L = {}
for i = 1, 190 do L[i] = 'a' .. i end
local list, sum = table.concat(L, ','), table.concat(L, '+')
local f = load('local ' .. list .. ' return function() ' .. sum:gsub('%+', '=1 ') .. '=1 local f while true do f = function() return ' .. sum .. ' end end end')()
print('ready')
f()
