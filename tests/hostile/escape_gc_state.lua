-- threat: ESC-7
local t = {} setmetatable(t, { __gc = function(o) kept = o end }) t = nil collectgarbage() return type(kept), pcall(setmetatable, kept, nil)
