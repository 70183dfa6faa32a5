-- table.insert and table.remove in front.
local t = {}
for i = 1, 100000 do t[i] = i end
print('ready')
while true do table.insert(t, 1, 0) table.remove(t, 1) end
