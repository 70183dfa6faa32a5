-- every second byte a quote
local encode, pcall = json.encode, pcall
local s = ('a"'):rep(500000)
print("ready")
while true do encode(s) end
