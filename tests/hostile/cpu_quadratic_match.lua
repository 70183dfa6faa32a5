-- threat: CPU-4
return ("a"):rep(200000):match("(.-)-$")
