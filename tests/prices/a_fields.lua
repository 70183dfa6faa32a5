-- a table with many fields
local load = load
local t = {} for i = 1, 50000 do t[i] = "f" .. i .. "=f" .. i end
local src = "return {" .. table.concat(t, ",") .. "}"
for i = 1, 1e9 do load(src, "=a") end
