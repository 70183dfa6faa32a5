-- Filling and clearing tables.
local t = {}
print('ready')
while true do for i = 1, 1000 do t['k' .. i] = i end for k in pairs(t) do t[k] = nil end end
