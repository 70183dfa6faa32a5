-- a text of one byte
local decode, pcall = json.decode, pcall
print("ready")
while true do decode('1') end
