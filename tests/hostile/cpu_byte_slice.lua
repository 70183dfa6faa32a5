-- threat: CPU-6
return pcall(string.byte, ("x"):rep(5000000), 1, -1)
