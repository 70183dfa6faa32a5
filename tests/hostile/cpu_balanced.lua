-- threat: CPU-4
for i = 1, 1e9 do ("("):rep(100000):find("%b()") end
