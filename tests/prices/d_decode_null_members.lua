-- members that are nil
local decode, pcall = json.decode, pcall
local t = {} for i = 1, 50000 do t[i] = '"k' .. i .. '":null' end local s = '{' .. table.concat(t, ',') .. '}'
print("ready")
while true do decode(s) end
