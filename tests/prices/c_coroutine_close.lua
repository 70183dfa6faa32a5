-- Coroutines are closed with variables pending.
local o = setmetatable({}, {__close = function() end})
local create, resume, close, yield = coroutine.create, coroutine.resume, coroutine.close, coroutine.yield
local function f() local x <close> = o yield() end
print('ready')
while true do local c = create(f) resume(c) close(c) end
