local s = ("ab"):rep(1000)
local t = {a = "b", b = "a"}
for i = 1, 1e9 do s:gsub("%w", t) s:gsub("", t) end
