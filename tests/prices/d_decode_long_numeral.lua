-- mem=256M one numeral of 30 MB
local decode, pcall = json.decode, pcall
local s = '0.' .. ('0'):rep(30000000) .. '1'
print("ready")
while true do decode(s) end
