-- profile=full Hooks at calls and returns, which look at where they are.
local getinfo, f = debug.getinfo, function() end
debug.sethook(function() getinfo(2, 'nSl') end, 'cr')
print('ready')
while true do f() end
