-- Stand-in for `term.colors`: text as it is.
return setmetatable({}, { __index = function() return function(s) return s end end })
