-- the last of many upvalues, again and again
local load = load
local t = {} for i = 1, 190 do t[i] = "local a" .. i .. " " end t[#t + 1] = "return function() " for i = 1, 190 do t[#t + 1] = "a" .. i .. "=1 " end t[#t + 1] = ("a190=a190 "):rep(20000) .. "end"
local src = table.concat(t)
for i = 1, 1e9 do load(src, "=a") end
