-- a long name that is a text
local load = load
local n = ("x"):rep(10000000)
local src = "return 1"
for i = 1, 1e9 do load(src, n) end
