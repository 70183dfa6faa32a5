-- an array of holes
local encode, pcall = json.encode, pcall
local t = table.pack(nil) t = {} for i = 1, 200000 do t[i] = 1 end for i = 2, 199998 do t[i] = nil end
print("ready")
while true do encode(t) end
