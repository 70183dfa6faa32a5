-- threat: ESC-8
local t = {} t[1.0] = "a" t[2^53] = "b" return t[1], t[1 << 53], next({ [3.0] = 1 })
