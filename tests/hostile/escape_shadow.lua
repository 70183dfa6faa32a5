-- threat: ESC-2
print, pcall, error, tostring, _G = nil return #"still here"
