-- integers as names
local encode, pcall = json.encode, pcall
local t = {} for i = 1, 20000 do t[i * 1000003] = 1 end
print("ready")
while true do encode(t) end
