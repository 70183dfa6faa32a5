-- many different short strings
local decode, pcall = json.decode, pcall
local t = {} for i = 1, 20000 do t[i] = '"' .. i .. '"' end local s = '[' .. table.concat(t, ',') .. ']'
print("ready")
while true do decode(s) end
