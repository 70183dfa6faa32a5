print(load("return 1 + 1")())
print(load("syntax error here"))
print(load(function() return nil end))
local n = 0
print(load(function() n = n + 1 return ({"return ", "x", nil})[n] end, "=c", "t", {x = 9})())
