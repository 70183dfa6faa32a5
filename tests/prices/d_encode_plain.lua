-- mem=256M 30 MB of plain bytes
local encode, pcall = json.encode, pcall
local s = ('x'):rep(30000000)
print("ready")
while true do encode(s) end
