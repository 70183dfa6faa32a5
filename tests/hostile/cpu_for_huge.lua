-- threat: CPU-1
for i = math.mininteger, math.maxinteger do end
