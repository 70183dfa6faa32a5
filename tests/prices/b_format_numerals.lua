--
local s=("0"):rep(20000).."1" local t={} for i=1,100 do t[i]=s end local u,f=table.unpack,string.format local fmt=("%d"):rep(100)
for _ = 1, 1e9 do f(fmt,u(t)) end
