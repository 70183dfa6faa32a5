local t = {1, 2, 3}
table.insert(t, 4) table.insert(t, 1, 0) print(table.remove(t), table.remove(t, 1), table.concat(t, ","), #table.move(t, 1, 3, 2, {}))
local p = setmetatable({}, {__index = function(_, i) return i <= 4 and i or nil end, __len = function() return 4 end})
print(table.concat(p, "-"), table.unpack(p)) print(pcall(table.insert, t, 9, 9))
