-- one long name again and again
local decode, pcall = json.decode, pcall
local k = ('x'):rep(1000000) local s = '{"' .. k .. '":1,"' .. k .. '":2}'
print("ready")
while true do pcall(decode, s) end
