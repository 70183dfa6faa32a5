-- threat: MEM-5
local t = setmetatable({}, { __mode = "k" }) for i = 1, 50000 do t[{}] = {} end return true
