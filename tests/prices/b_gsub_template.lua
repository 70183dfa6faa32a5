--
local s="abc" local r=("%1%%"):rep(100000) local f=string.gsub
for _ = 1, 1e9 do f(s,"(b)",r) end
