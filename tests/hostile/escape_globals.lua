-- threat: ESC-4
return _G._G == _G, _ENV == _G, getmetatable(_G)
