-- characters of three bytes
local decode, pcall = json.decode, pcall
local s = '"' .. ('€'):rep(1000000) .. '"'
print("ready")
while true do decode(s) end
