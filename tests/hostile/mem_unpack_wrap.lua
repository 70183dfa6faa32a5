-- threat: CPU-5
return pcall(table.unpack, {}, math.mininteger, math.maxinteger)
