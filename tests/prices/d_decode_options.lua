-- a table of options full of what was deleted
local decode, pcall = json.decode, pcall
local o = {} for i = 1, 100000 do o['k' .. i] = 1 end for i = 1, 100000 do o['k' .. i] = nil end
print("ready")
while true do decode('1', o) end
