-- mem=256M Full collections over a large heap.
local n, t, r = 100000, {}, {}
for i = 1, n do t[i] = {i} end
for i = 1, 700000 do r[i] = t[i * 7919 % n + 1] end
print('ready')
while true do collectgarbage() end
