-- numbers of a text that do not fit, again and again
local s = "[" .. ("1,"):rep(2000000) .. "1]"
for i = 1, 5 do print(pcall(json.decode, s)) end
