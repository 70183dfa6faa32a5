-- long names of upvalues in nested functions
local n = "a" .. ("x"):rep(30000)
local src = "local " .. n .. " = 1 " .. ("return function() "):rep(90) .. "return " .. n .. (" end"):rep(90)
local kept = {}
pcall(function() while true do kept[#kept + 1] = assert(load(src)) end end)
print(#kept)
