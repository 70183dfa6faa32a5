-- many small functions
local load = load
local src = ("local function f() end "):rep(1) .. ("f=function(a) return a end "):rep(20000)
for i = 1, 1e9 do load(src, "=a") end
