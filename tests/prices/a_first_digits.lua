-- a long numeral
local load = load
local src = "x=" .. ("1"):rep(1000000)
for i = 1, 1e9 do load(src, "=a") end
