-- profile=full A hook at each line of a large function.
local f = load('local a = ... ' .. ('a = a\n'):rep(10000))
debug.sethook(function() end, 'l')
print('ready')
while true do f(1) end
