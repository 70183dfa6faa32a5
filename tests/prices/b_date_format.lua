--
local d,f=os.date,("%c%G%V"):rep(1000)
for _ = 1, 1e9 do d(f) end
