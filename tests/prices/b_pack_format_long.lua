--
local p,q,k=string.packsize,string.pack,(" "):rep(300000)
for _ = 1, 1e9 do p(k) q(k) end
