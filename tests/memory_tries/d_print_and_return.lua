-- both the output and the results at their limits
print(("\1"):rep(524000))
return ("y"):rep(580000)
