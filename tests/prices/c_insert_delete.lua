-- Keys come and go in a large table.
local t = {}
for i = 1, 100000 do t['k' .. i] = i end
print('ready')
local i = 0 while true do i = i + 1 t[i + 0.5] = 1 t[i + 0.5] = nil end
