-- mem=256M Stacks grow by one call with many arguments.
local t = {}
for i = 1, 30000 do t[i] = i end
local wrap, unpack = coroutine.wrap, table.unpack
local f = function() unpack(t) end
print('ready')
while true do wrap(f)() end
