-- threat: MEM-3
return pcall(function() return table.pack(table.unpack(setmetatable({}, { __index = function(_, i) return { i } end }), 1, 900000)).n end)
