-- threat: ESC-2
return pcall(function() string.len = nil end), pcall(rawset, string, "len", 1), pcall(setmetatable, string, {}), pcall(table.insert, math, 1), pcall(rawset, getmetatable("").__index, "x", 1)
