-- threat: CPU-5
return pcall(table.insert, setmetatable({}, { __len = function() return math.maxinteger end }), 1, "x")
