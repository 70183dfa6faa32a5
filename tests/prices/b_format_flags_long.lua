--
local s="%"..("0"):rep(1000000) local f=string.format
for _ = 1, 1e9 do pcall(f,s,1) end
