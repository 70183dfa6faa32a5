-- < of long strings of zeros, of unequal lengths.
local a = ('\0'):rep(1000000)
local b = a .. '\0'
print('ready')
while true do local _ = a < b end
