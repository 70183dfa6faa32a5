--
local f=string.rep
for _ = 1, 1e9 do f("",100000,"x") f("x",100000,"") f("ab",50000,"c") end
