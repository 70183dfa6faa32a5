-- threat: CPU-8
local function f() local co = coroutine.wrap(f) return co() end return pcall(f)
