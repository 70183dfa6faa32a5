-- mem=128M Collections with many objects that have finalizers.
local mt, keep = {__gc = function() end}, {}
for i = 1, 200000 do keep[i] = setmetatable({}, mt) end
print('ready')
while true do local s = ('x'):rep(1000000) end
