--
local s="abc" local r=("%%"):rep(500000).."%9" local f=string.gsub
for _ = 1, 1e9 do pcall(f,s,"b",r) end
