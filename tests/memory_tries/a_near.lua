-- messages about long tokens
local src = "x=" .. ("y"):rep(3000000) .. " =" .. ("z"):rep(3000000)
local kept = {}
pcall(function() for i = 1, 300 do kept[i] = select(2, load(src, "=a")) end end)
print(#kept)
