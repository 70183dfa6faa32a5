-- threat: CPU-4
return pcall(string.match, ("a"):rep(100000), ("a?"):rep(100000))
