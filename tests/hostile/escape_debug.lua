-- threat: ESC-1
local t = {} for k in pairs(debug) do t[#t + 1] = k end table.sort(t) return table.concat(t, " ")
