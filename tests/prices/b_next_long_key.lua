--
local k=("x"):rep(1000000) local t={[k]=1} local n,g,s=next,rawget,rawset
for _ = 1, 1e9 do n(t,k) g(t,k) s(t,k,2) end
