--
local s=("0"):rep(20000).."65" local t={} for i=1,200 do t[i]=s end local u,f=table.unpack,string.char
for _ = 1, 1e9 do f(u(t)) end
