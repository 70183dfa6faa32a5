-- threat: ESC-4
local _ENV = {} return print, _G
