-- an error behind a long token
local decode, pcall, s = json.decode, pcall, '"' .. ('\\n'):rep(4000)
print("ready")
while true do pcall(decode, s) end
