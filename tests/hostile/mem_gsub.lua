-- threat: MEM-1
local s = "xx" while true do s = s:gsub("x", "xxxx") end
