-- threat: ESC-5
return pcall(tostring, setmetatable({}, { __tostring = function() return 1 end })), pcall(tostring, setmetatable({}, { __tostring = function() error("no", 0) end }))
