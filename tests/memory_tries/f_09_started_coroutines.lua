-- Coroutines that have begun, with open upvalues and variables to close.
local t = {}
local mt = {__close = function() end}
local function f()
  local a, b <close>, c = 1, setmetatable({}, mt), 3
  local g = function() a = a + c end
  coroutine.yield(g)
end
print(pcall(function() while true do local c = coroutine.create(f) t[#t + 1] = c coroutine.resume(c) end end))
print(#t)
