-- 100,000 names with one beginning
local decode, pcall = json.decode, pcall
local t = {} for i = 1, 100000 do t[i] = '"' .. ('p'):rep(30) .. i .. '":' .. i end local s = '{' .. table.concat(t, ',') .. '}'
print("ready")
while true do decode(s) end
