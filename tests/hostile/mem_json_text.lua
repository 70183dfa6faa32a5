-- threat: MEM-6
local t = {} for i = 1, 300000 do t[i] = i end local s = json.encode(t) while true do s = json.encode({ s, s }) end
