-- a million small tables
local u, t = {}, {}
for i = 1, 200000 do t[i] = u end
print(pcall(jido.file_exists, t, t, t, t, t, t, t, t))
