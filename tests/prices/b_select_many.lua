--
local s=("x"):rep(100000) local b,c=string.byte,select
for _ = 1, 1e9 do c("#",b(s,1,-1)) c(-1,b(s,1,-1)) c(2,b(s,1,-1)) end
