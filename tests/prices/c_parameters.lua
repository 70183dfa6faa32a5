-- Functions with 200 parameters, called without arguments.
local L = {}
for i = 1, 199 do L[i] = 'a' .. i end
local f = load('local function f(' .. table.concat(L, ',') .. ') end while true do f() f() f() f() end')
print('ready')
f()
