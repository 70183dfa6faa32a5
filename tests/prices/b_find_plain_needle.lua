--
local s=("a"):rep(1000000) local n=("a"):rep(500000).."b" local f=string.find
for _ = 1, 1e9 do f(s,n,1,true) end
