-- blocks below many constants
local load = load
local t = {} for i = 1, 190 do t[i] = "local a" .. i .. "<const>=" .. i .. " " end
local src = table.concat(t) .. ("do local b do end end "):rep(20000)
for i = 1, 1e9 do load(src, "=a") end
