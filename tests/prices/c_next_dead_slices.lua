-- slice=1000 mem=128M A million keys that are gone lie before the first one.
local t = {}
for i = 1, 1e6 do t[-i] = i end
for i = 1, 1e6 do t[-i] = nil end
print('ready')
while true do next(t) end
