-- an exponent of a million digits
local decode, pcall = json.decode, pcall
local s = '1e-' .. ('0'):rep(1000000) .. '1'
print("ready")
while true do decode(s) end
