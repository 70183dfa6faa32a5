local n = 0
for i = math.maxinteger - 2, math.maxinteger do n = n + 1 end
for i = 1, 3, 0.5 do n = n + i end
for i = 3, 1 do n = 100 end
for i = 1, 10 do if i % 2 == 0 then goto next end n = n + i ::next:: end
return n, pcall(function() for i = 1, 10, 0 do end end)
