-- threat: CPU-10
while true do collectgarbage() end
