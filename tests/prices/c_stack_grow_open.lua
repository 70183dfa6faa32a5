-- mem=256M Stacks with many open upvalues grow.
local wrap = coroutine.wrap
local function f(n) local a, b = n, n local g = function() return a + b end if n > 0 then f(n - 1) end return 1 end
print('ready')
while true do wrap(f)(5000) end
