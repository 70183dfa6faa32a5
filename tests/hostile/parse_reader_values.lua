-- threat: PARSE-5
return pcall(load, function() return {} end), load(function() error("no more", 0) end)
