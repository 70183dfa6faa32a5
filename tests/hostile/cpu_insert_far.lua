-- threat: CPU-5
return pcall(table.insert, setmetatable({}, { __len = function() return math.maxinteger - 1 end }), 1, 1)
