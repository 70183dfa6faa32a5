local function f(n) return 1 + f(n + 1) end
print(pcall(f, 1))
local function g(n) if n == 0 then return "end" end return g(n - 1) end
return g(500)
