--
local w,p,e=coroutine.wrap,pcall,error local s=("x"):rep(100000) local function f() e(s) end
for _ = 1, 1e9 do p(w(f)) end
