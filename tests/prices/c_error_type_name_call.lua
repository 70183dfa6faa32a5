-- Calls of a value with a long __name.
local o, pcall = setmetatable({}, {__name = ('x'):rep(1000000)}), pcall
print('ready')
while true do pcall(function() o() end) pcall(function() return o + 1 end) end
