-- a long path to what cannot be converted
local encode, pcall = json.encode, pcall
local t = print for i = 1, 127 do t = {[('k'):rep(39)] = t} end
print("ready")
while true do pcall(encode, t) end
