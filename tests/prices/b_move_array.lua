--
local t={} for i=1,20000 do t[i]=i end local m=table.move
for _ = 1, 1e9 do m(t,1,20000,1,t) m(t,1,20000,2,t) end
