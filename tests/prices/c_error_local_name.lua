-- Errors about a local variable with a long name.
local n = 'a' .. ('x'):rep(1000000)
local f, pcall = load('local ' .. n .. ' ' .. n .. '.x = 1', '=a'), pcall
print('ready')
while true do pcall(f) end
