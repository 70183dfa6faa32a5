--
local s=("ab"):rep(30000) local n=("ab"):rep(12000).."a" local f=string.find
for _ = 1, 1e9 do f(s.."c",n.."c",1,true) end
