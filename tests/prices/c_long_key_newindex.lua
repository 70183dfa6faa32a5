-- Assignments with a long key through a chain of __newindex.
local a = ('x'):rep(100000)
local t = {}
for i = 1, 1900 do t = setmetatable({}, {__newindex = t}) end
print('ready')
while true do t[a] = nil end
