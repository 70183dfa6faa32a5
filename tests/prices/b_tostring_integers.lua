local f = tostring
print('ready')
while true do f(1) f(12345678901) f(true) f(nil) f(1) f(12345678901) f(true) f(nil) f(1) f(12345678901) end
