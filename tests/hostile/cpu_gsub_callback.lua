-- threat: CPU-3
("x"):rep(10):gsub(".", function() while true do end end)
