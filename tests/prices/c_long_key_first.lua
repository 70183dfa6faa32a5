-- Look-ups with long keys that were never hashed before.
local a, t = ('x'):rep(100000), {}
print('ready')
local i = 0 while true do i = i + 1 local _ = t[a .. i] end
