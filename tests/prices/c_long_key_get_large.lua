-- mem=256M Look-ups with a key of 30 MB.
local n = 30000000
local a, b = ('x'):rep(n), ('x'):rep(n - 1) .. 'x'
local t = {[a] = 1}
print('ready')
while true do local _ = t[b] end
