for i = 10, 1, -3 do break end
for k, v in next, {} do end
while x do x = nil end
repeat local y = 1 until y
