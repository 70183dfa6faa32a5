local t, n = {}, 0
pcall(function() while true do n = n + 1 t[n] = coroutine.wrap(print) end end)
print(n)
