--
local p,e=pcall,error local s=("x"):rep(1000000) local function f() e(s) end
for _ = 1, 1e9 do p(f) end
