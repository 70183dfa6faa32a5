--
local e=utf8.char(8364):rep(30000) local c=utf8.codepoint
for _ = 1, 1e9 do c(e,1,-1) end
