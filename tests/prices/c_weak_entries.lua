-- mem=256M Collections of a weak table with many entries.
local t, keep = setmetatable({}, {__mode = 'kv'}), {}
for i = 1, 300000 do local o = {} keep[i] = o t[o] = o end
print('ready')
while true do local s = ('x'):rep(1000000) end
