-- mem=256M A heap of references to the same few objects.
local t, o = {}, {}
for i = 1, 4000000 do t[i] = o end
print('ready')
while true do local x = {} end
