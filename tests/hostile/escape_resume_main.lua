-- threat: ESC-6
local main = coroutine.running() return coroutine.wrap(function() return coroutine.resume(main) end)()
