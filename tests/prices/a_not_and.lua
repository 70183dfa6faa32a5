-- a "not" before each of many "and"
local load = load
local src = "return " .. ("not("):rep(90) .. ("a and "):rep(50000) .. "a" .. (" and a)"):rep(90)
for i = 1, 1e9 do load(src, "=a") end
