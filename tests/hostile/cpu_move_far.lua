-- threat: CPU-5
table.move({}, 1, math.maxinteger - 1, 2)
