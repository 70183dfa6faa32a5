-- many short statements
local load = load
local src = ("x=1 "):rep(100000)
for i = 1, 1e9 do load(src, "=a") end
