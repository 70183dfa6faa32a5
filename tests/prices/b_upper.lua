--
local s=("x"):rep(300000) local u,l,r=string.upper,string.lower,string.reverse
for _ = 1, 1e9 do u(s) l(s) r(s) end
