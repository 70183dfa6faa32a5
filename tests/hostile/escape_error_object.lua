-- threat: ESC-5
error(setmetatable({}, { __tostring = function() error("x") end, __index = function() error("y") end }))
