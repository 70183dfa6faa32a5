-- < and <= of long strings, equal up to the last byte.
local n = 1000000
local a, b = ('x'):rep(n) .. 'a', ('x'):rep(n) .. 'b'
print('ready')
while true do local _ = a < b, a <= b end
