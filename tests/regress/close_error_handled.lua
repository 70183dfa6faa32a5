-- The message handler also sees errors of closing handlers that run for another error.
local function failing() return setmetatable({}, {__close = function() error("x", 0) end}) end
local function handler(m) return "handled " .. m end
print(xpcall(function() local c <close> = failing() end, handler))
print(xpcall(function() local c <close> = failing() error("y", 0) end, handler))
print(xpcall(function() local a <close> = failing() local b <close> = failing() error("y", 0) end, handler))
local co = coroutine.wrap(function()
  print(xpcall(function() local c <close> = failing() coroutine.yield(1) error("y", 0) end, handler))
end)
co() co()
