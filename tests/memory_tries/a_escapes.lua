-- long strings with escapes
local src = "x='" .. ("\\65"):rep(3000000) .. "'"
print(pcall(load, src))
