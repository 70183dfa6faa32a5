-- Metamethods and tail calls with many values above.
local t = {}
for i = 1, 200000 do t[i] = i end
local function id(...) return ... end
print('ready')
while true do id(id(id(table.unpack(t)))) end
