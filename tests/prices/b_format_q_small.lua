--
local s=("\127"):rep(250) local f=string.format
for _ = 1, 1e9 do f("%q",s) f("%q",s) end
