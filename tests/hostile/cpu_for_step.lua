-- threat: INT-1
return pcall(load("for i = 1, 10, 0 do end")), pcall(load("for i = 1, math.mininteger do error() end")), pcall(load("for i = math.maxinteger, math.maxinteger do end"))
