-- threat: ESC-7
setmetatable({}, { __gc = function() coroutine.yield(1) end }) collectgarbage() return 1
