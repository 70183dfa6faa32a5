--
local s=("\1"):rep(300000) local n=("\n"):rep(300000) local f=string.format
for _ = 1, 1e9 do f("%q",s) f("%q%q",n,s) end
