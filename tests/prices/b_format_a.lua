--
local f=string.format
for _ = 1, 1e9 do f("%a%a%a",1/3,5e-324,1.7e308) f("%q",1/3) f("%.20a",1/3) end
