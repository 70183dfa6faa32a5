-- A metatable that gets its `__mode` after it became one counts all the same.
local mt = {}
local cache = setmetatable({}, mt)
mt.__mode = "k"
cache[{}] = 1
cache.kept = {}
collectgarbage()
local n = 0
for _ in pairs(cache) do n = n + 1 end
print(n, type(cache.kept))
-- Its own metatable.
local own = {}
setmetatable(own, own)
own.__mode = "v"
own[1] = {}
own[2] = "text"
collectgarbage()
print(own[1], own[2], own.__mode)
-- And strong again.
own.__mode = nil
own[1] = {}
collectgarbage()
print(type(own[1]))
mt.__mode = 5
cache[{}] = 2
collectgarbage()
n = 0
for _ in pairs(cache) do n = n + 1 end
print(n)
