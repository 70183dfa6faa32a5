-- control bytes as the result
return ("\1"):rep(15500000)
