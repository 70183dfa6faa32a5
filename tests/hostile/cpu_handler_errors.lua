-- threat: CPU-8
return xpcall(error, function(e) error(e) end, "x")
