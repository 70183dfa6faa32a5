-- small chunks
local src = "return 1"
local kept = {}
pcall(function() while true do kept[#kept + 1] = assert(load(src)) end end)
print(#kept)
