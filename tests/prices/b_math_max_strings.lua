--
local s={} for i=1,50 do s[i]=("x"):rep(20000)..i end local u,f=table.unpack,math.max
for _ = 1, 1e9 do f(u(s)) end
