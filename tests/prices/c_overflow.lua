-- mem=256M Stack overflows.
local pcall = pcall
local function f() return 1 + f() end
print('ready')
while true do pcall(f) end
