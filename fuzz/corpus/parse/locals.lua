local a, b <const>, c <close> = 1, 2, nil
local function f(...) return ... end
