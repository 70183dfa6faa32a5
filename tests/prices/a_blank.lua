-- white space and line breaks
local load = load
local src = (" \n\t\r"):rep(300000)
for i = 1, 1e9 do load(src, "=a") end
