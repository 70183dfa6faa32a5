-- pcall of a function with 200,000 arguments.
local t = {}
for i = 1, 200000 do t[i] = i end
local f, pcall = function() end, pcall
local function go(...) while true do pcall(f, ...) end end
print('ready')
go(table.unpack(t))
