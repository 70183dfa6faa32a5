--
local s=("x"):rep(100000) local f=string.match
for _ = 1, 1e9 do f(s..s,"^(x*)%1") f(s,"(.-)%1$") end
