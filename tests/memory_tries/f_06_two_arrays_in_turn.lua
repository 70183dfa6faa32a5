-- Many arrays that all grow at once.
local t = {}
for i = 1, 40 do t[i] = {} end
print(pcall(function() for i = 1, 1e9 do for k = 1, 40 do t[k][i] = i end end end))
