--
local p,k=string.pack,("!16 xXi16<>= "):rep(20000)
for _ = 1, 1e9 do p(k) end
