-- threat: INT-1
local n = 0 for i = math.maxinteger - 2, math.maxinteger do n = n + 1 end for i = math.mininteger + 2, math.mininteger, -1 do n = n + 1 end for i = 1, 3.9 do n = n + 1 end for i = 3, -math.huge, -(1 << 62) do n = n + 1 end return n
