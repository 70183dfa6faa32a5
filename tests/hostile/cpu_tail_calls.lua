-- threat: CPU-1
local function f() return f() end f()
