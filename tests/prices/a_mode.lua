local m = ("x"):rep(1000000)
print('ready')
for _ = 1, 1e9 do load("", "n", m) load("", "n", m .. "t") end
