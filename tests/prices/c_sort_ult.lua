local t, l = {}, math.ult
for i = 1, 1e9 do
  for k = 1, 200 do t[k] = k * 7919 % 211 end
  table.sort(t, l)
end
