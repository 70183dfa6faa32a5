-- threat: CPU-4
local n = 0 for w in ("x"):rep(100000):gmatch("x*") do n = n + 1 end for w in ("x"):rep(1000):gmatch("y*") do n = n + 1 end return n
