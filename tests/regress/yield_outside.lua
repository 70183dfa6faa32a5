-- The error of a yield outside coroutines has no position.
print(pcall(function() coroutine.yield(1) end))
print(pcall(function() local c <close> = setmetatable({}, {__close = coroutine.yield}) end))
