-- threat: INT-2
return pcall(string.unpack, "s8", ("\255"):rep(8)), pcall(string.unpack, "z", "", math.maxinteger)
