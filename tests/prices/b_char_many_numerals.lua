--
local t={} for i=1,5000 do t[i]="65" end local u,f=table.unpack,string.char
for _ = 1, 1e9 do f(u(t)) end
