--
local d=os.date
for _ = 1, 1e9 do d("*t") d("!*t") end
