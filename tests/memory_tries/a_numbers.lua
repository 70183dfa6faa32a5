-- chunks of numbers
local t = {} for i = 1, 20000 do t[i] = "x=" .. i .. ".5" end
local src = table.concat(t, " ")
local kept = {}
pcall(function() while true do kept[#kept + 1] = assert(load(src)) end end)
print(#kept)
