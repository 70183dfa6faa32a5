-- nothing but tables
local decode, pcall = json.decode, pcall
local s = '[' .. ('[],'):rep(100000) .. '[]]'
print("ready")
while true do decode(s) end
