local _ENV = {} return print, _G
