-- Values through coroutines in coroutines.
local wrap, yield = coroutine.wrap, coroutine.yield
local function make(n)
  if n == 0 then return function() while true do yield(1) end end end
  local inner = wrap(make(n - 1))
  return function() while true do yield(inner()) end end
end
local f = wrap(make(100))
print('ready')
while true do f() end
