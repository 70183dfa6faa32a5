-- threat: CPU-5
return pcall(table.remove, setmetatable({}, { __len = function() return math.maxinteger end }), 1)
