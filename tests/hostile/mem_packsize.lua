-- threat: INT-2
return pcall(string.packsize, ("c1000000000"):rep(3))
