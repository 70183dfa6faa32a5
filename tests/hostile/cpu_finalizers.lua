-- threat: CPU-10
local function again(o) setmetatable(o, getmetatable(o)) while true do end end setmetatable({}, { __gc = again }) collectgarbage() return 1
