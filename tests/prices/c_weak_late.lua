-- Tables whose metatable got its mode late.
local keep, mt = {}, {}
for i = 1, 50000 do keep[i] = setmetatable({}, mt) end
mt.__mode = 'k'
print('ready')
while true do local s = ('x'):rep(1000000) end
