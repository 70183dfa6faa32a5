-- floats and strings as names
local encode, pcall = json.encode, pcall
local t = {} for i = 1, 5000 do t[i + 0.5] = 1 t['k' .. i] = 1 end
print("ready")
while true do encode(t) end
