-- threat: CPU-4
return pcall(string.find, ("a"):rep(40), ("(a)"):rep(40))
