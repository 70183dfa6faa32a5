local A = {} A.__index = A function A:name() return "A" .. self.n end
local B = setmetatable({}, A) B.__index = B
local o = setmetatable({n = 3}, B)
return o:name(), pcall(function() return o.missing.field end)
