-- values of a text that does not fit
local s = "[" .. ("[],"):rep(1000000) .. "[]]"
print(pcall(json.decode, s))
s = "[" .. ("1,"):rep(2000000) .. "1]"
for i = 1, 5 do print(pcall(json.decode, s)) end
