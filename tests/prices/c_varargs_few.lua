-- A call with 30 extra arguments, of which 30 are taken.
local L = {}
for i = 1, 31 do L[i] = 'a' .. i end
local f = load('local ' .. table.concat(L, ',') .. ' local function f(...) local ' .. table.concat(L, ',') .. ' = ... end while true do f(' .. table.concat(L, ',') .. ') end')
print('ready')
f()
