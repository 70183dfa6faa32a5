--
local s="x"..("\x80"):rep(1000000) local c=utf8.codes local p=pcall local f=c("x")
for _ = 1, 1e9 do p(f,s,1) end
