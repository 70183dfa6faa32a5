-- Two keys come and go in turn in a large table.
local t = {}
for i = 1, 60000 do t['k' .. i] = i end
print('ready')
while true do t.a = 1 t.b = 1 t.a = nil t.b = nil end
