-- A loop that finds the only entry behind tombstones.
local t = {}
for i = 1, 200000 do t['k' .. i] = 1 end
for i = 1, 199999 do t['k' .. i] = nil end
print('ready')
while true do for k in pairs(t) do break end end
