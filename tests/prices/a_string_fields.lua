-- strings that are called
local load = load
local src = "f" .. ("'a'"):rep(100000)
for i = 1, 1e9 do load(src, "=a") end
