-- One stack as deep as it goes, with many registers.
local function f(n) local a, b, c, d, e, g, h, i, j, k = n, n, n, n, n, n, n, n, n, n return 1 + f(n + 1) end
for _ = 1, 3 do print(pcall(f, 1)) end
