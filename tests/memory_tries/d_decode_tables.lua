-- tables of a text that do not fit
local s = "[" .. ("[],"):rep(1000000) .. "[]]"
print(pcall(json.decode, s))
