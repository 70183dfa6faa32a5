-- threat: INT-2
local t = {} t[1 << 62] = 1 t[math.maxinteger] = 1 t[math.mininteger] = 1 return #t
