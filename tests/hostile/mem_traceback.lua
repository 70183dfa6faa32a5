-- threat: MEM-4
local function f(n) if n == 0 then error(("x"):rep(1000)) end return (f(n - 1)) end f(10000)
