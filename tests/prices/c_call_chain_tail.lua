-- Tail calls of a chain of __call.
local t = {}
for i = 1, 200000 do t[i] = i end
local o = function() end
for i = 1, 190 do o = setmetatable({}, {__call = o}) end
local function f(...) return o(...) end
print('ready')
while true do f(table.unpack(t)) end
