--
local s=("0"):rep(300000).."7" local t={year=2000,month=s,day=s,hour=s} local f=os.time
for _ = 1, 1e9 do f({year=2000,month=s,day=s,hour=s}) end
