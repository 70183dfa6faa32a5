-- control bytes
local encode, pcall = json.encode, pcall
local s = ('\1'):rep(500000)
print("ready")
while true do encode(s) end
