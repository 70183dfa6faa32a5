--
local t={} for i=1,300 do t[i]=i end for i=302,600 do t[i]=i end t[301]=1 t[150]=nil local i,r=table.insert,table.remove
for _ = 1, 1e9 do i(t,1,0) r(t,1) end
