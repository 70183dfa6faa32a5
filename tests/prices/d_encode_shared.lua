-- one table many times
local encode, pcall = json.encode, pcall
local u, t = {1, 'x', 2.5}, {} for i = 1, 20000 do t[i] = u end
print("ready")
while true do encode(t) end
