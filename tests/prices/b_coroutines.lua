--
local c,w=coroutine.create,coroutine.wrap local f=function() end
for _ = 1, 1e9 do c(f) w(f) end
