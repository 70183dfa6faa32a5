--
local u,k=string.unpack,("dfn"):rep(2000) local s=("x"):rep(100000)
for _ = 1, 1e9 do u(k,s) end
