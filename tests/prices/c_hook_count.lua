-- profile=full A hook at each instruction.
debug.sethook(function() end, '', 1)
print('ready')
while true do end
