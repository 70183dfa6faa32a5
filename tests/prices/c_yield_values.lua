-- Yields and resumes with many values.
local t = {}
for i = 1, 10000 do t[i] = i end
local yield, unpack = coroutine.yield, table.unpack
local f = coroutine.wrap(function(...) while true do yield(unpack(t)) end end)
print('ready')
while true do f(unpack(t)) end
