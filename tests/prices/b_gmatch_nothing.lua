-- Nothing is looked for, and found before each byte.
local s, g = ('x'):rep(1000), string.gmatch
print('ready')
while true do for a in g(s, '') do end end
