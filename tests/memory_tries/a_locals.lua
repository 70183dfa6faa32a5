-- long names of local variables
local t = {} for i = 1, 150 do t[i] = "local a" .. ("x"):rep(20000) .. i .. "=1" end
local src = table.concat(t, " ")
local kept = {}
pcall(function() while true do kept[#kept + 1] = assert(load(src)) end end)
print(#kept)
