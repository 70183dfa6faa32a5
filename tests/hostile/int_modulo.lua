-- threat: INT-1
local function text(...) return table.concat({ ... }, " ") end return pcall(function() return 1 % 0 end), pcall(function() return 1 // 0 end), text(1.0 // 0, 5 % -3, -5 % 3, math.mininteger % -1, 5.5 % math.huge, -5.5 % math.huge)
