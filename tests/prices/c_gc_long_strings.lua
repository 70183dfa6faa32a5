-- mem=256M Strings of a megabyte each are made and dropped.
local a = ('x'):rep(1000000)
print('ready')
while true do local x = a .. 'a' end
