-- threat: ESC-7
setmetatable({}, { __gc = function() error("in the collector") end }) collectgarbage() return 1
