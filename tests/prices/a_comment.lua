-- a long comment
local load = load
local src = "--[==[" .. ("]=] "):rep(300000) .. "]==]"
for i = 1, 1e9 do load(src, "=a") end
