-- mem=256M an error at the end of 30 MB of lines
local decode, pcall = json.decode, pcall
local s = ('\n'):rep(30000000) .. 'x'
print("ready")
while true do pcall(decode, s) end
