local f, g = ("%"):rep(256), string.format
print('ready')
for _ = 1, 1e9 do g(f) g(f) g(f) g(f) end
