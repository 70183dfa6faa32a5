-- a graph as the error object
local t = {1, 2, 3, 4}
for i = 1, 23 do t = {t, t} end
error(t)
