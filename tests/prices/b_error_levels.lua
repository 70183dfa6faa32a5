--
local p,e=pcall,error local s=("x"):rep(1000)
for _ = 1, 1e9 do p(e,s,1) p(e,s,2) p(e,s,100000) p(e,s,-1) end
