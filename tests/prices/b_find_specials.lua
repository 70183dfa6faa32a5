--
local s=("x"):rep(1000000) local f=string.find
for _ = 1, 1e9 do f("",s) f("x",s) end
