-- threat: ESC-8
local n = 0 local t = setmetatable({}, { __eq = function() n = n + 1 return true end, __len = function() n = n + 1 end, __index = function() n = n + 1 end }) return rawequal(t, {}), rawlen(t), rawget(t, 1), n
