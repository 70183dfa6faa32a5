-- Closures that each capture three fresh variables.
local t, n = {}, 0
pcall(function() while true do n = n + 1 local a, b, c = n, n, n t[n] = function() return a, b, c end end end)
print(n)
