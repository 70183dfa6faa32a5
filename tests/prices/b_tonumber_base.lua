--
local s=("z"):rep(1000000) local f=tonumber
for _ = 1, 1e9 do f(s,36) end
