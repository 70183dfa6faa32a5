-- threat: INT-2
return pcall(math.random, 2, 1), math.random(math.mininteger, math.maxinteger) ~= nil, pcall(math.random, 0)
