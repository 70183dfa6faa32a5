-- A list whose marking is as deep as it is long, then a wide one.
local l
pcall(function() while true do l = {l} end end)
l = nil
collectgarbage()
local t, n = {}, 0
pcall(function() while true do n = n + 1 t[n] = {} end end)
collectgarbage()
print(n)
