return ("a"):rep(200000):match("(.-)-$")
