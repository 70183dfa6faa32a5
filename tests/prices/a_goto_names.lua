-- gotos of different names leave many blocks
local load = load
local t = {} for i = 1, 50000 do t[i] = "goto x" .. i .. " " end
local src = ("do "):rep(150) .. table.concat(t) .. ("end "):rep(150) .. "::x::"
for i = 1, 1e9 do load(src, "=a") end
