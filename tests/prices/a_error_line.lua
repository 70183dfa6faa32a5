-- an error at the end of many lines
local load = load
local src = ("x = [[\n]] "):rep(100000) .. "x = = 1"
for i = 1, 1e9 do load(src, "=a") end
