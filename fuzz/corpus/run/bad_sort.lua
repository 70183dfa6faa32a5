return pcall(table.sort, {3, 1, 2, 5, 4}, function() return true end)
