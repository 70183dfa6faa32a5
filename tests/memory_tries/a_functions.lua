-- functions in functions
local src = "return function() return function() end end"
local kept = {}
pcall(function() while true do kept[#kept + 1] = assert(load(src)) end end)
print(#kept)
