--
local s=("x"):rep(300000) local e=utf8.char(8364):rep(100000) local l=utf8.len
for _ = 1, 1e9 do l(s) l(e) l(e,1,-1,true) end
