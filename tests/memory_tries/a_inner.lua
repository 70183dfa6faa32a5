-- inner functions that outlive their chunk
local src = "return function() return '" .. ("x"):rep(30000) .. "' end"
local kept = {}
pcall(function() while true do kept[#kept + 1] = assert(load(src)()) end end)
print(#kept)
