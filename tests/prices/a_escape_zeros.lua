-- a long escape
local load = load
local src = "x='\\u{" .. ("0"):rep(1000000) .. "41}'"
for i = 1, 1e9 do load(src, "=a") end
