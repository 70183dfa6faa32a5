--
local s=("1"):rep(1000000).."x" local f=tonumber
for _ = 1, 1e9 do f(s) f(s,16) end
