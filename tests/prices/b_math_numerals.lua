--
local s=("0"):rep(300000)..".5" local m=math
for _ = 1, 1e9 do m.floor(s) m.fmod(s,s) m.atan(s,s) m.tointeger(s) m.ldexp(s,1) end
