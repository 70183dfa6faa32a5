-- Vararg functions with 190 parameters.
local L = {}
for i = 1, 190 do L[i] = 'a' .. i end
local list = table.concat(L, ',')
local f = load('local function f(' .. list .. ', ...) end local t = {} for i = 1, 220 do t[i] = i end local u = table.unpack while true do f(u(t)) end')
print('ready')
f()
