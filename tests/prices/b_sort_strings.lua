--
local t={} for i=1,200 do t[i]=("x"):rep(2000)..(i*7919%1009) end local m,s=table.move,table.sort
for _ = 1, 1e9 do s(m(t,1,200,1,{})) end
