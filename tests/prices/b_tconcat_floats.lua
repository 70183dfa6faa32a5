--
local t={} for i=1,20000 do t[i]=i%2==0 and 5e-324 or 1.7e308 end local c=table.concat
for _ = 1, 1e9 do c(t) end
