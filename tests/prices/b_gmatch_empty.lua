--
local s=("x"):rep(10000) local g=string.gmatch
for _ = 1, 1e9 do for a,b in g(s,"()()") do end end
