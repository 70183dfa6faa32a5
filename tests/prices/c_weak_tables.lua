-- mem=128M Collections with many weak tables.
local mt, keep = {__mode = 'k'}, {}
for i = 1, 100000 do keep[i] = setmetatable({}, mt) end
print('ready')
while true do local s = ('x'):rep(1000000) end
