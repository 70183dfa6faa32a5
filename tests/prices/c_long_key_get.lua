-- Look-ups with a long key, equal to the one in the table but another object.
local n = 1000000
local a, b = ('x'):rep(n), ('x'):rep(n - 1) .. 'x'
local t = {[a] = 1}
print('ready')
while true do local _ = t[b] end
