--
local s="0x."..("f"):rep(1000000) local e="1e"..("1"):rep(1000000) local f=tonumber
for _ = 1, 1e9 do f(s) f(e) end
