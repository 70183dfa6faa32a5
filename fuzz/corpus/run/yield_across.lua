local co = coroutine.wrap(function() local ok, v = pcall(function() local t = setmetatable({}, {__index = function(_, k) return coroutine.yield(k) end, __lt = function() return coroutine.yield("lt") end}) local a = t.x local b = t < t error({a, b}) end) return ok, v[1], v[2] end)
print(co()) print(co(5)) print(co(true))
