--
local f,t,g=tostring,{},print
for _ = 1, 1e9 do f(t) f(g) f(f) f(t) end
