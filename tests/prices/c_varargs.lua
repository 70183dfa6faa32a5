-- Extra arguments passed on.
local function f(...) return ... end
local function g(...) while true do f(...) f(...) end end
local t = {}
for i = 1, 1000 do t[i] = i end
print('ready')
g(table.unpack(t))
