--
local t={} for i=1,5000 do t[i]=i end local o=t for i=1,5 do o=setmetatable({},{__index=o}) end local u=table.unpack
for _ = 1, 1e9 do u(o,1,5000) end
