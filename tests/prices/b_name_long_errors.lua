--
local n=("x"):rep(1000000) local o=setmetatable({},{__name=n}) local p,s,c=pcall,string.rep,string.char
for _ = 1, 1e9 do p(s,o) p(c,o) p(math.floor,o) p(ipairs) end
