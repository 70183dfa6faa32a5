-- characters of four bytes
local encode, pcall = json.encode, pcall
local s = ('😀'):rep(300000)
print("ready")
while true do encode(s) end
