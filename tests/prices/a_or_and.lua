-- mixed short circuits
local load = load
local src = "return " .. ("a and b or not c and "):rep(30000) .. "a"
for i = 1, 1e9 do load(src, "=a") end
