-- Errors about values with a long __name.
local o, pcall = setmetatable({}, {__name = ('x'):rep(1000000)}), pcall
local f = function() return o < o end
print('ready')
while true do pcall(f) end
