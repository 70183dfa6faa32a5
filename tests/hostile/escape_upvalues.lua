-- threat: ESC-1
local function f() return print end return debug.setupvalue, debug.getupvalue, debug.upvalueid, debug.getlocal, debug.getregistry, debug.setmetatable, debug.sethook, f() == print
