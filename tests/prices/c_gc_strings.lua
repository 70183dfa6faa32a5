-- mem=256M Large strings beside a heap of small objects.
local t = {}
for i = 1, 300000 do t[i] = {i} end
print('ready')
while true do local s = ('x'):rep(1000000) end
