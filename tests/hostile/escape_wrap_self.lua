-- threat: ESC-6
local co co = coroutine.wrap(function() return co() end) return pcall(co)
