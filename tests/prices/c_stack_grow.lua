-- mem=256M Stacks of new coroutines grow with wide frames.
local L = {}
for i = 1, 190 do L[i] = 'a' .. i end
local f = load('local function f(n) if n > 0 then f(n - 1) end do local ' .. table.concat(L, ',') .. ' end return 1 end return f')()
local wrap = coroutine.wrap
print('ready')
while true do wrap(f)(3500) end
