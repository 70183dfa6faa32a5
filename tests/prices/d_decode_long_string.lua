-- mem=256M one string of 30 MB
local decode, pcall = json.decode, pcall
local s = '"' .. ('x'):rep(30000000) .. '"'
print("ready")
while true do decode(s) end
