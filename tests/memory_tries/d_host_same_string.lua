-- one long string in many places, each a copy for the host
local s, t = ("x"):rep(1000000), {}
for i = 1, 4000 do t[i] = s end
print(pcall(jido.file_exists, t))
