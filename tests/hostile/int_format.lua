-- threat: INT-1
return ("%d"):format(math.mininteger), ("%x"):format(-1), ("%5.2s|"):format("abc"), pcall(string.format, "%d", 1.5), ("%.99f"):format(1 / 3):len(), ("%99.99f"):format(-1e308):len()
