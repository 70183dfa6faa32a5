-- mem=256M Garbage beside a large heap.
local n, t, r = 100000, {}, {}
for i = 1, n do t[i] = {} end
for i = 1, 700000 do r[i] = t[i * 7919 % n + 1] end
print('ready')
local f while true do local a, b, c = 1, 2, 3 f = function() return a + b + c end end
