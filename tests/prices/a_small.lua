-- a chunk that is nothing
local load = load
local src = "return 1"
for i = 1, 1e9 do load(src, "=a") end
