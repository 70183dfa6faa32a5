-- an error in the first byte
local decode, pcall = json.decode, pcall
print("ready")
while true do pcall(decode, 'x') end
