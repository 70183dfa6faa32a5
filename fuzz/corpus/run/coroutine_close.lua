local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function(_, e) print("closed", e) error("again", 0) end}) coroutine.yield(1) end)
print(coroutine.resume(co))
print(coroutine.close(co))
print(coroutine.status(co), coroutine.isyieldable(), coroutine.running())
