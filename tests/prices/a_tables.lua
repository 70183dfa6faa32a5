-- many empty tables
local load = load
local src = "return {" .. ("{},"):rep(100000) .. "}"
for i = 1, 1e9 do load(src, "=a") end
