-- Look-ups through 1,990 tables.
local t = {}
for i = 1, 1990 do t = setmetatable({}, {__index = t}) end
print('ready')
while true do local x = t.a end
