-- threat: MEM-2
local t = {} for i = 1, math.huge do t[i] = coroutine.wrap(function() local function f(n) if n > 0 then return 1 + f(n - 1) end coroutine.yield() end f(150) end) t[i]() end
