--
local t={} for i=1,5000 do t[i]=1 end local s=table.sort
for _ = 1, 1e9 do s(t) end
