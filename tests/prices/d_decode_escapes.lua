-- long escapes
local decode, pcall = json.decode, pcall
local s = '"' .. ('\\u00e4\\ud83d\\ude00'):rep(100000) .. '"'
print("ready")
while true do decode(s) end
