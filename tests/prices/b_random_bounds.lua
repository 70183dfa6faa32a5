--
local r=math.random
for _ = 1, 1e9 do r(0) r(math.mininteger,math.maxinteger) r(3,math.maxinteger//2+7) r() end
