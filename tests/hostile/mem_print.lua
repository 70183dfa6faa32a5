-- threat: MEM-4
while true do print(("x"):rep(100000)) end
