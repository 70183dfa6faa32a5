-- Manual §6.2: coroutine.close, wrap's errors, running and isyieldable.
local function closer(log, name, fail) return setmetatable({}, { __close = function(_, e) log[#log + 1] = name .. ":" .. tostring(e); if fail then error(fail, 0) end end }) end
local log = {}
local co = coroutine.create(function() local a <close> = closer(log, "a"); local b <close> = closer(log, "b"); coroutine.yield(1) end)
print(coroutine.resume(co)); print(coroutine.close(co), coroutine.status(co), table.concat(log, " ")); print(coroutine.close(co)); print(coroutine.resume(co))
log = {}; co = coroutine.create(function() local a <close> = closer(log, "a"); local b <close> = closer(log, "b", "b failed"); local c <close> = closer(log, "c"); coroutine.yield() end); coroutine.resume(co); print(coroutine.close(co)); print(table.concat(log, " "), coroutine.status(co)); print(coroutine.close(co))
-- of coroutines that ended with an error, that have not begun, that run
co = coroutine.create(function() error("its error", 0) end); coroutine.resume(co); print(coroutine.close(co)); print(coroutine.close(co)); co = coroutine.create(print); print(coroutine.close(co), coroutine.status(co)); co = coroutine.create(function() error({ code = 1 }) end); coroutine.resume(co); print(select(2, coroutine.close(co)).code)
print(pcall(coroutine.close, coroutine.running())); co = coroutine.create(function() return pcall(coroutine.close, co) end); print(coroutine.resume(co)); local outer; outer = coroutine.create(function() return coroutine.wrap(function() return pcall(coroutine.close, outer) end)() end); print(coroutine.resume(outer))
print(pcall(coroutine.close)); print(pcall(coroutine.close, print)); print(pcall(coroutine.close, {}))
-- a __close that yields
co = coroutine.create(function() local a <close> = setmetatable({}, { __close = function() print("closing", coroutine.yield("from close")) end }); return "result" end); print(coroutine.resume(co)); print(coroutine.resume(co, "resumed"))
-- wrap: errors are raised again with position, the coroutine is dead
local w = coroutine.wrap(function() error("E") end); print(pcall(w)); print(pcall(w)); w = coroutine.wrap(function() error({ 5 }) end); print(select(2, pcall(w))[1]); log = {}; w = coroutine.wrap(function() local x <close> = closer(log, "x"); error("wrapped", 0) end); print(pcall(w)); print(log[1]); w = coroutine.wrap(function() return pcall(w) end); print(w()); print(pcall(coroutine.wrap)); print(pcall(coroutine.wrap, 5))
-- running, isyieldable, status
print(select(2, coroutine.running()), coroutine.isyieldable()); print(coroutine.wrap(function() local c, main = coroutine.running(); return main, coroutine.isyieldable(), coroutine.status(c) end)()); co = coroutine.create(function() coroutine.yield() end); print(coroutine.isyieldable(co), coroutine.isyieldable(coroutine.running())); print(pcall(coroutine.isyieldable, 5)); print(pcall(coroutine.status)); print(pcall(coroutine.status, 5))
co = coroutine.create(function(c) print(coroutine.status(c)); local inner = coroutine.create(function() print(coroutine.status(c)) end); coroutine.resume(inner); print(coroutine.status(inner)) end); print(coroutine.status(co)); coroutine.resume(co, co); print(coroutine.status(co))
-- resume of what cannot be resumed
print(coroutine.resume(coroutine.running())); co = coroutine.wrap(function() return co() end); print(pcall(co)); print(pcall(coroutine.resume)); print(pcall(coroutine.resume, print)); print(pcall(coroutine.yield, "outside"))
