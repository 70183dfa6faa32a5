-- empty tables
local encode, pcall = json.encode, pcall
local t = {} for i = 1, 50000 do t[i] = {} end
print("ready")
while true do encode(t) end
