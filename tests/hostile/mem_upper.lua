-- threat: MEM-1
local s = ("x"):rep(1 << 20) local t = {} while true do t[#t + 1] = s:upper():lower():reverse() end
