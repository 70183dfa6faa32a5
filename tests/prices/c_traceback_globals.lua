-- Tracebacks beside globals that are gone.
for i = 1, 100000 do _G['k' .. i] = 1 end
for i = 1, 100000 do _G['k' .. i] = nil end
local tb = debug.traceback
print('ready')
while true do tb() end
