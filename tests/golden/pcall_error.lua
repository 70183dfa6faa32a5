print(pcall(error, { code = 1 }) == false, pcall(function() local t = nil; t.x = 1 end))
