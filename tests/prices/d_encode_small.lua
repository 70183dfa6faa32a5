-- a value of one byte
local encode, pcall = json.encode, pcall
print("ready")
while true do encode(1) end
