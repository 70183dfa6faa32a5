-- threat: CPU-10
local w, k = setmetatable({}, { __mode = "k" }), {} local first = k for i = 1, 5000 do local n = {} w[k] = n k = n end while true do collectgarbage() end
