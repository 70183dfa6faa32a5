-- many functions that capture
local load = load
local src = "local a, b, c " .. ("f=function() return a, b, c end "):rep(20000)
for i = 1, 1e9 do load(src, "=a") end
