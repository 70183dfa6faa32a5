-- threat: MEM-4
error(("x"):rep(10000000))
