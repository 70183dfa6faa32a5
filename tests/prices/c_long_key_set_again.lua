-- A long key comes and goes.
local a, t = ('x'):rep(1000000), {}
print('ready')
while true do t[a] = 1 t[a] = nil end
