--
local f,k=string.match,("(.)"):rep(32) local s=("qwertyuiop"):rep(4)
for _ = 1, 1e9 do f(s,k) end
