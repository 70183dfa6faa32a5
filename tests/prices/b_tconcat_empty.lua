local f, t = table.concat, {}
print('ready')
while true do f(t) f(t) f(t) f(t) f(t) f(t) f(t) f(t) f(t) f(t) f(t) f(t) end
