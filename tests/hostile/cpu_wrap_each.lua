-- threat: CPU-8
local function g() return coroutine.wrap(function() coroutine.yield(g()) end)() end return pcall(g)
