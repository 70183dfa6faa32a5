-- control bytes up to the output limit
for i = 1, 3000 do print(("\1"):rep(1000)) end
