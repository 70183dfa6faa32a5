-- Many coroutines that wait deep down.
local t = {}
local function down(n) if n == 0 then coroutine.yield() else down(n - 1) end return n end
print(pcall(function() while true do local c = coroutine.create(down) t[#t + 1] = c coroutine.resume(c, 100) end end))
print(#t)
