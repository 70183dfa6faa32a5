-- an error of the compiler at the end
local load = load
local src = "local a <const> = 1 " .. ("x = [[\n]] "):rep(100000) .. "a = 2"
for i = 1, 1e9 do load(src, "=a") end
