--
local s=("x"):rep(300000) local c=("\x80"):rep(300000) local o=utf8.offset
for _ = 1, 1e9 do o(s,300000) o(s,-300000) o(c,0,300000) end
