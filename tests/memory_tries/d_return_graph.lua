-- a small graph that is a huge tree as JSON
local t = {1, 2, 3, 4, 5, 6, 7, 8}
for i = 1, 23 do t = {t, t} end
return t
