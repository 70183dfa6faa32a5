-- Keys of 41 bytes and more, dead and alive.
local t, n = {}, 0
pcall(function() while true do n = n + 1 t[("%041d"):format(n)] = n % 2 == 0 and n or nil end end)
print(n)
