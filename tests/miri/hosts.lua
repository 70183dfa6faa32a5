-- Calls of the host: in place, by steps, with tables both ways.
local n = 0
for i = 1, 10 do n = n + double(i) end
local t = later({1, 2, {x = "y", deep = {true}}, k = ("l"):rep(200)})
local ok = pcall(double, {})
local co = coroutine.wrap(function() local a = later("in") coroutine.yield(a) return double(4) end)
local a, b = co(), co()
local e = pcall(later)
return n == 110 and not ok and a ~= nil and b == 8
