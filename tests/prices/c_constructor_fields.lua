-- Constructors with room for fields that stay nil.
local L = {}
for i = 1, 16 do L[i] = 'a' .. i .. '=nil' end
local f = load('while true do local t = {' .. table.concat(L, ',') .. '} end')
print('ready')
f()
