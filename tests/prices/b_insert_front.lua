--
local t={} for i=1,5000 do t[i]=i end local i,r=table.insert,table.remove
for _ = 1, 1e9 do i(t,1,0) r(t,1) end
