--
local r=math.randomseed
for _ = 1, 1e9 do r(1,2) r(3) end
