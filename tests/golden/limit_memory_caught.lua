-- opts: --memory 256K
local ok, e = pcall(string.rep, "x", 10000000)
print(ok, e)
