-- threat: MEM-3
local n = 0 while true do n = n + 1 pcall(string.rep, "x", 1 << 28) end
