-- Assigning nil to a long key that is not there.
local a, t = ('x'):rep(1000000), {}
t[a] = 1 t[a] = nil
print('ready')
while true do t[a] = nil end
