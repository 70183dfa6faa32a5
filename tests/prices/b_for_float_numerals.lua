--
local s="1."..("0"):rep(1000000).."1"
for _ = 1, 1e9 do for i=s,s,s do break end end
