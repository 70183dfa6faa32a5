-- threat: ESC-8
return pcall(next, { 1, 2, 3 }, "nokey")
