--
local t={} for i=2,20000 do t[i]=i end local m=table.move
for _ = 1, 1e9 do m(t,2,20000,30002,{}) m(t,100000,120000,2,{}) end
