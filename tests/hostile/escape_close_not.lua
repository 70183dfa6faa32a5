-- threat: ESC-6
return pcall(load("local x <close> = 5")), pcall(load("local x <close> = setmetatable({}, { __close = 5 })"))
