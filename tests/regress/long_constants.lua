-- Equal long literals of one chunk are one object, strings built later are others.
local function address(s) return string.format("%p", s) end
local one = "01234567890123456789012345678901234567890123456789"
local function two() return "01234567890123456789012345678901234567890123456789" end
local built = "0123456789" .. "0123456789012345678901234567890123456789"
print(address(one) == address(two()), one == built, address(one) == address(built))
