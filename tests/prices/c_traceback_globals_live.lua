-- Tracebacks beside many globals.
for i = 1, 20000 do _G['k' .. i] = print end
local tb = debug.traceback
print('ready')
while true do tb() end
