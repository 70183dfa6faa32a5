-- Full collections of a small heap.
print('ready')
while true do collectgarbage() end
