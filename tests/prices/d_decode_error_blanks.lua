-- an error behind a long token
local decode, pcall, s = json.decode, pcall, (' '):rep(8000) .. 'x'
print("ready")
while true do pcall(decode, s) end
