-- A chain of __call below 200,000 arguments.
local t = {}
for i = 1, 200000 do t[i] = i end
local o = function() end
for i = 1, 190 do o = setmetatable({}, {__call = o}) end
print('ready')
while true do o(table.unpack(t)) end
