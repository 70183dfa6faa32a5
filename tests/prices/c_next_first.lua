-- next(t) where the first entries are gone.
local t, next = {}, next
for i = 1, 100000 do t['k' .. i] = 1 end
for i = 1, 99990 do t['k' .. i] = nil end
print('ready')
while true do next(t) end
