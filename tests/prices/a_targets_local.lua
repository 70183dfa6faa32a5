-- targets that earlier ones use
local load = load
local src = "local a = {} " .. ((("a.b,a[a],"):rep(90)) .. "a = 1 "):rep(500)
for i = 1, 1e9 do load(src, "=a") end
