--
local s=("0"):rep(1000000).."1" local f=string.sub
for _ = 1, 1e9 do f("",s,s) f("",s,s) end
