-- Objects with finalizers are made and dropped.
local mt = {__gc = function() end}
print('ready')
while true do setmetatable({}, mt) end
