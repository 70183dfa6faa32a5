-- many labels
local load = load
local t = {} for i = 1, 50000 do t[i] = "::x" .. i .. ":: " end
local src = table.concat(t)
for i = 1, 1e9 do load(src, "=a") end
