-- Zeros before a size count for nothing, and are read all the same.
local p, q, u, z = string.packsize, string.pack, string.unpack, ("0"):rep(100000)
local a, b, c = "c" .. z .. "1", "!Xi" .. z .. "1", "i" .. z
print('ready')
for _ = 1, 1e9 do p(a) q(b) u(a, "x") pcall(p, c) end
