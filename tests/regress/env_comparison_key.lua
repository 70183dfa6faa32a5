-- A comparison as key of an upvalue (a bug of PUC's 5.4.7).
_ENV[true] = "yes"
local function key(a, b) return _ENV[a < b] end
print(key(1, 2), key(2, 1))
