-- long names of chunks
local n = ("x"):rep(100000)
local src = "return 1"
local kept = {}
pcall(function() while true do kept[#kept + 1] = assert(load(src, "@" .. #kept .. n)) end end)
print(#kept)
