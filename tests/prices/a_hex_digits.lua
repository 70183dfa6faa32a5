-- a long hexadecimal numeral
local load = load
local src = "x=0x" .. ("f"):rep(1000000) .. ".8p1"
for i = 1, 1e9 do load(src, "=a") end
