--
local s=(" "):rep(20000).."8364" local t={} for i=1,200 do t[i]=s end local u,f=table.unpack,utf8.char
for _ = 1, 1e9 do f(u(t)) end
