-- 190 results wanted, none given.
local L = {}
for i = 1, 190 do L[i] = 'a' .. i end
local list = table.concat(L, ',')
local f = load('local f = function() end while true do do local ' .. list .. ' = f() end end')
print('ready')
f()
