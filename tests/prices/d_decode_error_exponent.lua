-- an error behind a long token
local decode, pcall, s = json.decode, pcall, '1e' .. ('7'):rep(8000)
print("ready")
while true do pcall(decode, s) end
