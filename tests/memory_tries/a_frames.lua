-- calls in calls with long lists
local src = "x=" .. ("f{"):rep(90) .. ("a,"):rep(1000000)
print(pcall(load, src))
