--
local n=("x"):rep(1000000) local o=setmetatable({},{__name=n}) local t,f=tostring,string.format
for _ = 1, 1e9 do t(o) f("%s",o) f("%10.3s",o) end
