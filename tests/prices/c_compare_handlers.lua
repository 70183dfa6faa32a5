-- Comparisons by metamethods found in the second operand.
local a, b = setmetatable({}, {}), setmetatable({}, {__lt = function() return true end, __le = function() return true end, __eq = function() return true end})
print('ready')
while true do local _ = a < b, a <= b, a == b end
