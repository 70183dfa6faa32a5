-- mem=256M what is no UTF-8 at the end
local decode, pcall = json.decode, pcall
local s = '"' .. ('ä'):rep(10000000) .. '\xff"'
print("ready")
while true do pcall(decode, s) end
