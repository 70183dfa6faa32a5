-- floats of seventeen digits
local decode, pcall = json.decode, pcall
local t = {} for i = 1, 5000 do t[i] = ('%.17g'):format(i / 7) end local s = '[' .. table.concat(t, ',') .. ']'
print("ready")
while true do decode(s) end
