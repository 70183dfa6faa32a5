--
local a=math.mininteger local x
for _ = 1, 1e9 do x=a..a..a..a..a..a..a..a..a..a..a..a..a..a..a..a..a..a..a..a end
