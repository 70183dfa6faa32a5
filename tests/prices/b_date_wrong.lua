--
local d,f=os.date,"%"..("q"):rep(1000000)
for _ = 1, 1e9 do pcall(d,f) end
