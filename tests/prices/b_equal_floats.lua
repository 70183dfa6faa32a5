--
local f=string.format
for _ = 1, 1e9 do f("%5.1f %e %g",3.14,2.718,1e100) end
