-- A large array sorted, unpacked, packed and moved.
local t = {}
pcall(function() for i = 1, 1e9 do t[i] = i * 7919 % 10007 end end)
print(pcall(table.sort, t))
print(pcall(function() return select("#", table.unpack(t, 1, 200000)) end))
print(pcall(function() return #table.pack(table.unpack(t, 1, 200000)) end))
print(pcall(table.move, t, 1, #t, #t // 2, {}))
