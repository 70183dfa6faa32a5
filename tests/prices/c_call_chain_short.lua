-- A chain of __call without arguments.
local o = function() end
for i = 1, 190 do o = setmetatable({}, {__call = o}) end
print('ready')
while true do o() end
