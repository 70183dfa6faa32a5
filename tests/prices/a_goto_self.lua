-- jumps that are followed a hundred times
local load = load
local src = "goto e ::x:: " .. ("goto x "):rep(100000) .. " ::e::"
for i = 1, 1e9 do load(src, "=a") end
