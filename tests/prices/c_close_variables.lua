-- To-be-closed variables in a loop.
local o = setmetatable({}, {__close = function() end})
print('ready')
while true do local a <close> = o local b <close> = o local c <close> = nil end
