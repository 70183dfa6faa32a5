-- each function captures from far outside
local load = load
local t, u = {}, {} for i = 1, 190 do t[i] = "local a" .. i .. " " u[i] = "a" .. i .. "=1 " end
local src = table.concat(t) .. ("return function() "):rep(90) .. table.concat(u) .. ("end "):rep(90)
for i = 1, 1e9 do load(src, "=a") end
