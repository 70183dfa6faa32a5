--
local t={} for i=1,40 do t[i]=1.7e308 end local c=table.concat
for _ = 1, 1e9 do c(t,"") end
