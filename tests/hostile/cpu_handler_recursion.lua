-- threat: CPU-8
local function h() return 1 + h() end return xpcall(function() return h() end, h)
