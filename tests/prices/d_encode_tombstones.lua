-- a table of what was deleted
local encode, pcall = json.encode, pcall
local t = {} for i = 1, 200000 do t['k' .. i] = 1 end for i = 1, 200000 do t['k' .. i] = nil end
print("ready")
while true do encode(t) end
