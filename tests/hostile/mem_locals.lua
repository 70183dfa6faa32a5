-- threat: MEM-3
local function f(a, b, c, d, e, ...) local g, h, i, j, k = a, b, c, d, e return f({}, a, b, c, d, f, ...) + 1 end return pcall(f)
