-- threat: ESC-6
local seen = {} local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() seen[1] = coroutine.status(coroutine.running()) error("in close", 0) end }) coroutine.yield() end) coroutine.resume(co) local ok, why = coroutine.close(co) return ok, why, seen[1], coroutine.status(co)
