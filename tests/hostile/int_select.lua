-- threat: INT-2
return pcall(select, 0), pcall(select, math.mininteger, 1), select(math.maxinteger, 1), select(-1, 1, 2)
