-- threat: CPU-5
return #table.concat(setmetatable({}, { __len = function() return 1e9 // 1 | 0 end, __index = function() return "0123456789" end }))
