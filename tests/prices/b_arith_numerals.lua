--
local s=("0"):rep(1000000).."1" local x
for _ = 1, 1e9 do x=s+s x=-s x=s%s x=s^s end
