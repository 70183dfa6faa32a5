local f = ("%%"):rep(100000) .. ("a%%"):rep(100000)
print('ready')
for _ = 1, 1e9 do f:format() end
