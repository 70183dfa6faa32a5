-- Loops over an array part of holes.
local t = {}
for i = 1, 200000 do t[i] = i end
for i = 1, 199999 do t[i] = nil end
print('ready')
while true do for k in pairs(t) do end end
