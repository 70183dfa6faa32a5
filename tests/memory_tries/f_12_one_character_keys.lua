-- Tables with one field, whose names differ.
local t = {}
pcall(function() local n = 0 while true do n = n + 1 t[n] = {[n .. ""] = n} end end)
print(#t)
