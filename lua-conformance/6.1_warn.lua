-- profile: full
-- Manual §6.1: warn. What it says goes to standard error, which is not compared; it is off here.
print(select("#", warn("a message"))); print(warn("in ", "pieces ", 1, " ", 2.5)); print(select("#", warn("@unknown control"))); print(warn("@off"))
print(pcall(warn)); print(pcall(warn, nil)); print(pcall(warn, {})); print(pcall(warn, "a", {})); print(pcall(warn, "a", "b", nil)); print(pcall(warn, true)); print(pcall(warn, print)); print((pcall(warn, 5)))
-- errors in finalizers become warnings, and raise nothing
setmetatable({}, { __gc = function() error("in a finalizer") end }); print(pcall(collectgarbage)); setmetatable({}, { __gc = function() error({}) end }); print(pcall(collectgarbage))
-- errors while a coroutine is closed are answers, not warnings
local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() error("while closing", 0) end }); coroutine.yield() end); coroutine.resume(co); print(coroutine.close(co))
