-- threat: CPU-4
while true do (("a "):rep(50000)):find("%f[%a]%f[%s]x") end
