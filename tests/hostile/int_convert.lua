-- threat: INT-1
return pcall(function() return 1 | 2.0 ^ 63 end), math.tointeger(2.0 ^ 63), math.tointeger(-2.0 ^ 63), 2 ^ 53 == 2 ^ 53 + 1, math.maxinteger + 1.0 == math.maxinteger
