--
local s=(" "):rep(1000000).."1" local z=(" "):rep(1000000).."0"
for _ = 1, 1e9 do for i=s,z,s do end end
