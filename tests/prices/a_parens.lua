-- deep parentheses again and again
local load = load
local src = ("x=" .. ("("):rep(180) .. "1" .. (")"):rep(180) .. " "):rep(300)
for i = 1, 1e9 do load(src, "=a") end
