--
local m={__gc=true,__mode=("x"):rep(100000),__metatable=nil} local s=setmetatable
for _ = 1, 1e9 do s({},m) end
