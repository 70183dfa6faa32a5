-- long strings, twice in each chunk
local src = "return {" .. ("'" .. ("x"):rep(50000) .. "',"):rep(20) .. "}"
local kept = {}
pcall(function() while true do kept[#kept + 1] = assert(load(src)) end end)
print(#kept)
