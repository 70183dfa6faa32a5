-- threat: MEM-1
local t = { "x" } while true do for i = 1, 100 do t[i] = t[1] end t[1] = table.concat(t) end
