-- tables in tables, each the only one
local decode, pcall = json.decode, pcall
local t = {} for i = 1, 1000 do t[i] = ('{"a":'):rep(100) .. '{}' .. ('}'):rep(100) end local s = '[' .. table.concat(t, ',') .. ']'
print("ready")
while true do decode(s) end
