local s = ("a"):rep(1000)
local t = setmetatable({}, {__index = rawget})
for i = 1, 1e9 do s:gsub("a", t) end
