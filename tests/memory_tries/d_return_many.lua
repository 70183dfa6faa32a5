-- many results
local t = {}
for i = 1, 200000 do t[i] = i + 0.25 end
return table.unpack(t)
