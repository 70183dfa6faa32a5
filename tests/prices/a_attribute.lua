-- an attribute that is long
local load = load
local src = "local a <" .. ("x"):rep(1000000) .. "> = 1"
for i = 1, 1e9 do load(src, "=a") end
