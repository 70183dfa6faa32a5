--
local s=("0"):rep(1000000).."1" local o=setmetatable({},{__len=function() return s end}) local u,c,sort=table.unpack,table.concat,table.sort
for _ = 1, 1e9 do u(o,2) pcall(c,o,"",2) sort(o) end
