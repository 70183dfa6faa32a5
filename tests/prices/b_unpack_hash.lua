--
local t={} for i=2,5000 do t[i]=i end local u=table.unpack
for _ = 1, 1e9 do u(t,2,5000) u(t,10000,15000) end
