local t = {}
for i = 1, 200 do t[i] = i * 7919 % 211 end
for i = 1, 1e9 do table.sort(t, rawequal) end
