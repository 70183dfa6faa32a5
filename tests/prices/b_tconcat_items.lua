--
local t={} for i=2,20001 do t[i]=i end t[1]=1 local c=table.concat
for _ = 1, 1e9 do c(t,",") end
