-- threat: CPU-2
while true do pcall(coroutine.yield) end
