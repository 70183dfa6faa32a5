-- Sorting long strings that are equal up to their ends.
local s, t = ('x'):rep(10000), {}
for i = 1, 300 do t[i] = s .. (i * 7919 % 300) end
print('ready')
while true do local u = table.move(t, 1, #t, 1, {}) table.sort(u) end
