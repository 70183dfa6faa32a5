-- control bytes as the message
error(("\1"):rep(15500000), 0)
