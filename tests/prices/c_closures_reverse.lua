-- Captures from the first register on, with many open upvalues above.
local L = {}
for i = 1, 190 do L[i] = 'a' .. i end
local f = load('local ' .. table.concat(L, ',') .. ' local f = function() return ' .. table.concat(L, '+')
  .. ' end local g while true do g = function() return a1 end end')
print('ready')
f()
