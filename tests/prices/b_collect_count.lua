--
local c=collectgarbage
for _ = 1, 1e9 do c("count") c("count") c("isrunning") c("step",0) end
