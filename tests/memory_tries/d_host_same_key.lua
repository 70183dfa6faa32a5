-- one long key in many tables
local k, t = ("k"):rep(1000000), {}
for i = 1, 1000 do t[i] = {[k] = i} end
print(pcall(jido.file_exists, t))
