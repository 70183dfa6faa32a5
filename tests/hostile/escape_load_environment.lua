-- threat: ESC-4
return load("return print, _G", "=x", "t", {})(), pcall(load("return tostring(1)", "=x", "t", {}))
