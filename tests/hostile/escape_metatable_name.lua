-- threat: ESC-5
return pcall(function() return {} < setmetatable({}, { __name = 5 }) end), pcall(function() return #setmetatable({}, { __name = "\27[31m" }) < 1, -setmetatable({}, { __name = "\27[31m" }) end)
