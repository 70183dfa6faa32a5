-- threat: CPU-7
local f = type for i = 1, 3000 do f = setmetatable({}, { __call = f }) end return pcall(f)
