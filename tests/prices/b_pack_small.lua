--
local p,u=string.pack,string.unpack
for _ = 1, 1e9 do u("i16i16zs1",p("i16i16zs1",1,2,"abc","def")) end
