--
local f,x,y,z=math.fmod,1.7976931348623157e308,15e-324
for _ = 1, 1e9 do z=x%y z=x%2.3e-308 z=f(x,y) z=x%y end
