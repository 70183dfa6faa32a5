-- Calls of a field with a long name.
local n = 'a' .. ('x'):rep(1000000)
local f, pcall, t = load('local t = ... t.' .. n .. '()', '=a'), pcall, {}
print('ready')
while true do pcall(f, t) end
