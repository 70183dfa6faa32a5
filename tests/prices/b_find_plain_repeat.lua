--
local s=("a"):rep(30000) local n=("a"):rep(300).."b" local f=string.find
for _ = 1, 1e9 do f(s,n,1,true) end
