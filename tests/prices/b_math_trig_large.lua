--
local s,c,t=math.sin,math.cos,math.tan
for _ = 1, 1e9 do s(1e22) c(1.7e308) t(1e300) s(-1e308) end
