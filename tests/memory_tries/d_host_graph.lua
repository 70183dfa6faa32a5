-- a small graph that is a huge tree for the host
local t = {1, 2, 3, 4, 5, 6, 7, 8}
for i = 1, 23 do t = {t, t} end
print(pcall(jido.file_exists, t))
