-- Builders of strings that do not fit at the end.
local s = ("x"):rep(1000000)
local t = {}
for i = 1, 14 do t[i] = s end
print(pcall(table.concat, t))
print(pcall(string.rep, s, 14))
print(pcall(string.rep, "x", 15000000, "y"))
print(pcall(string.gsub, s, "x", "yyyyyyyyyyyyyyyy"))
print(pcall(string.format, ("%s"):rep(14), table.unpack(t)))
local r = ""
print(pcall(function() while true do r = r .. s .. "x" end end), #r)
