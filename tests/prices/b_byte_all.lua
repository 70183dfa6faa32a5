--
local s=("x"):rep(100000) local b=string.byte
for _ = 1, 1e9 do b(s,1,-1) end
