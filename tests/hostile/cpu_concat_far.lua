-- threat: CPU-5
return pcall(table.concat, {}, "", 1, math.maxinteger)
