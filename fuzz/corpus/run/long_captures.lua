local a, b = ("a"):rep(90), ("b"):rep(70)
local s = a .. "," .. b .. "," .. a
local x, y, z = s:match("(%w+),(%w+),(%w+)")
local t = setmetatable({[a] = "1"}, {__index = function(_, k) return #k end})
print(#x, #y, #z, s:gsub("%w+", t))
print(s:gsub("(%w+),(%w+)", function(p, q) return q .. p end))
for p, q in (s .. s):gmatch("(%w+),(%w+)") do print(#p, #q) end
