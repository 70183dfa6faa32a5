-- many different constants
local load = load
local t = {} for i = 1, 50000 do t[i] = "x" .. i .. "=" .. i .. ".5" end
local src = table.concat(t, " ")
for i = 1, 1e9 do load(src, "=a") end
