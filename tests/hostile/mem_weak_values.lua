-- threat: MEM-5
local t = setmetatable({}, { __mode = "v" }) for i = 1, 100000 do t[i] = {} end return true
