local s = ""
for i = 1, 400 do s = s .. i .. "," if #s > 900 then s = s:sub(-20) end end
local keep = {}
for i = 1, 3000 do keep[i % 10] = {i, {i}} end
return #s, keep[1][2][1]
