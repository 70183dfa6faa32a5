-- breaks leave many blocks
local load = load
local src = "while a do " .. ("do "):rep(150) .. ("if a then x() break end "):rep(20000) .. ("end "):rep(150) .. "end"
for i = 1, 1e9 do load(src, "=a") end
