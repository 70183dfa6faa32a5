-- deep nesting again and again
local load = load
local src = (("do "):rep(180) .. ("end "):rep(180)):rep(200)
for i = 1, 1e9 do load(src, "=a") end
