-- 180 times pcall of the next, with 200,000 values on the way back.
local t = {}
for i = 1, 200000 do t[i] = i end
local args = {}
for i = 1, 180 do args[i] = pcall end
args[181] = table.unpack args[182] = t
local function go(...) while true do pcall(...) end end
print('ready')
go(table.unpack(args))
