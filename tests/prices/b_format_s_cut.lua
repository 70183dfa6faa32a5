--
local s=("x"):rep(1000000) local f=string.format
for _ = 1, 1e9 do f("%.3s%.3s%.3s%.3s",s,s,s,s) end
