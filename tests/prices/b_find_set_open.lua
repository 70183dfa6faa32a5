--
local s="["..("x"):rep(1000000) local f=string.find
for _ = 1, 1e9 do pcall(f,"abc",s) pcall(f,"abc","%f"..s) end
