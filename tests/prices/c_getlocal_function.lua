-- mem=256M profile=full debug.getlocal in a function of 50,000 local variables.
local f = load('local g = ... goto go do ' .. ('do local a end '):rep(50000) .. ' end ::go:: while true do g(1, 1) g(1, 2) end', '=b')
print('ready')
f(debug.getlocal)
