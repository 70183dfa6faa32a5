--
local f,t,s=string.format,{},("x"):rep(100)
for _ = 1, 1e9 do f("%p %p %p",t,f,s) f("%10p",t) end
