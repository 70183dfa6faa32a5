-- an error behind a long token
local decode, pcall, s = json.decode, pcall, ('7'):rep(5000)
print("ready")
while true do pcall(decode, s) end
