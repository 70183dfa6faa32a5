-- New short strings.
local s
print('ready')
local i = 0 while true do i = i + 1 s = 'a' .. i end
