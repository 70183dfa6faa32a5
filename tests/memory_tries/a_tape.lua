-- a tape that does not fit
local src = ("x=-{};"):rep(1000000)
print(pcall(load, src))
