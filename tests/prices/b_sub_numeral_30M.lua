-- mem=1G
local s=("9"):rep(30000000) local f=string.sub
for _ = 1, 1e9 do pcall(f,"",s,s) end
