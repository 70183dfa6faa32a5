-- 128 levels
local encode, pcall = json.encode, pcall
local t = {} for i = 1, 127 do t = {t} end
print("ready")
while true do encode(t) end
