-- 190 nils at a time.
local L = {}
for i = 1, 190 do L[i] = 'a' .. i end
local f = load('while true do ' .. ('do local ' .. table.concat(L, ',') .. ' end '):rep(20) .. ' end')
print('ready')
f()
