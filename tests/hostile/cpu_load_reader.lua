load(function() return " " end)
