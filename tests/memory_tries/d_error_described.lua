-- a long description of the error object
error(setmetatable({}, {__tostring = function() return ("\1"):rep(15500000) end}))
