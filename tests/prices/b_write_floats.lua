--
local t={} for i=1,5000 do t[i]=1.7e308 end local u,f=table.unpack,string.format local k=("%s"):rep(5000)
for _ = 1, 1e9 do f(k,u(t)) end
