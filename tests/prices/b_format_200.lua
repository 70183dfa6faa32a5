--
local t={} for i=1,200 do t[i]=-i*123456789 end local u,f,k=table.unpack,string.format,("%-+20.15d"):rep(200)
for _ = 1, 1e9 do f(k,u(t)) end
