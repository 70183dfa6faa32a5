--
local f,t=os.time,{year=2000,month=1,day=1,isdst=true}
for _ = 1, 1e9 do t.isdst=true f(t) end
