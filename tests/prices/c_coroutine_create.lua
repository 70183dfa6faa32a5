-- Coroutines that never run.
local c, f = coroutine.create, function() end
print('ready')
while true do c(f) end
