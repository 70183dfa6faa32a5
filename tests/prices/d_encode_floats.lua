-- floats of seventeen digits
local encode, pcall = json.encode, pcall
local t = {} for i = 1, 5000 do t[i] = i / 7 end
print("ready")
while true do encode(t) end
