--
local s=("x"):rep(50000) local b,x=string.byte,xpcall local function f() end
for _ = 1, 1e9 do x(f,f,b(s,1,-1)) end
