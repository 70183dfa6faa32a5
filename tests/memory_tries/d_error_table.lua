-- a long string in the error object
error({("x"):rep(15500000), ("\1"):rep(100000), {[("\1"):rep(100000)] = 1}})
