local ok, e = pcall(function() local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end end)
print(ok, e)
return ("x"):rep(1e8)
