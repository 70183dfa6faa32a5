--
local s=utf8.char(0x7fffffff):rep(5000)
for _ = 1, 1e9 do for p,c in utf8.codes(s,true) do end end
