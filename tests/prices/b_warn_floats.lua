--
local t={} for i=1,5000 do t[i]=1.7e308 end local u,w=table.unpack,warn
for _ = 1, 1e9 do w(u(t)) end
