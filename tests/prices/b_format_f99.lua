--
local f=string.format
for _ = 1, 1e9 do f("%.99f",1.7976931348623157e308) f("%.99e",5e-324) f("%.99g",1.7e308) f("%99.99f",5e-324) end
