--
local s=("("):rep(300000) local f=string.find
for _ = 1, 1e9 do f(s,"%b()") f(s,"%f[x]") end
