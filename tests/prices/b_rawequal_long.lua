--
local a,b=("x"):rep(1000000).."a",("x"):rep(1000000).."b" local r=rawequal
for _ = 1, 1e9 do r(a,b) end
