-- threat: CPU-1
load(function() return " " end)
