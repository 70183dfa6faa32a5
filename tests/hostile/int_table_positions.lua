-- threat: INT-2
return pcall(table.concat, {}, "", math.maxinteger, math.mininteger), pcall(table.move, { 1 }, 1, math.maxinteger, 2), select("#", table.unpack({}, math.maxinteger, math.mininteger)), pcall(table.unpack, {}, math.maxinteger - 1, math.maxinteger)
