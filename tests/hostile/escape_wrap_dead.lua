-- threat: ESC-6
local co = coroutine.wrap(function() return 1 end) co() return pcall(co)
