--
local s=("a"):rep(100000) local f=string.find
for _ = 1, 1e9 do f(s,"^a-b") f(s,"^.*b") end
