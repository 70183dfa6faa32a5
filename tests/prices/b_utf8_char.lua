--
local t={} for i=1,5000 do t[i]=8364 end local u,f=table.unpack,utf8.char
for _ = 1, 1e9 do f(u(t)) end
