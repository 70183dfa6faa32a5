-- Calls with more and more arguments.
local function f(n, ...) if n == 0 then return select("#", ...) end return 1 + f(n - 1, ...) end
local t = {}
for i = 1, 60 do t[i] = i end
for n = 100, 3000, 400 do print(pcall(f, n, table.unpack(t))) end
