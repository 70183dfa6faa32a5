-- Weak tables filled with what dies at once.
local t = setmetatable({}, {__mode = 'v'})
print('ready')
local i = 0 while true do i = i + 1 t[i % 10000] = {} end
