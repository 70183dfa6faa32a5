--
local f,k=string.find,"["..("%a%d%s%w"):rep(20000).."]" local s="!!!!"
for _ = 1, 1e9 do f(s,k) end
