-- threat: CPU-1
for x = 2.0 ^ 53, math.huge do end
