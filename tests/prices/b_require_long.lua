--
local p,r=pcall,require local s=("x."):rep(10000)
for _ = 1, 1e9 do p(r,s) end
