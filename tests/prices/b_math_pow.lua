--
local p,x,y,z=math.pow,1.7976931348623157e308,3.3e-308
for _ = 1, 1e9 do z=x^y z=5e-324^0.5 z=3.3^7.7 z=x^0.7 z=p(x,y) z=p(5e-324,0.5) end
