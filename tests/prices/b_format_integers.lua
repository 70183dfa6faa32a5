--
local f=string.format
for _ = 1, 1e9 do f("%d %5.2d %x %o %+d",-123456789,7,255,8,9) end
