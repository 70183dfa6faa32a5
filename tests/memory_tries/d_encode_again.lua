-- texts that grow and are dropped
local t = {}
for i = 1, 1000 do t[i] = ("\1"):rep(700) end
for i = 1, 50 do pcall(json.encode, t) end
pcall(json.encode, ("\1"):rep(15000000))
