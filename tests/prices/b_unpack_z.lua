--
local s=("x"):rep(1000000) local u,k=string.unpack,"z"
for _ = 1, 1e9 do pcall(u,k,s) end
