--
local s=("x"):rep(20000) local f=string.gsub
for _ = 1, 1e9 do f(s,"","") f(s,"x*","%0%0") end
