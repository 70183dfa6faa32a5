--
local a,b=5e-324,1.7e308 local x
for _ = 1, 1e9 do x=a..b..a..b..a..b..a..b..a..b..a..b..a..b..a..b..a..b..a..b end
