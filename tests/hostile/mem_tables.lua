-- threat: MEM-2
local t = {} while true do t[#t + 1] = {} end
