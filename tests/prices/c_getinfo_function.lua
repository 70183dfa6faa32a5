-- mem=256M profile=full debug.getinfo about calls and lines of a function of 100,000 instructions.
local f = load('local f, g, go = ... goto go do ' .. ('x=y '):rep(100000) .. ' end ::go:: while true do g(1, "n") g(f, "L") end', '=b')
local g = debug.getinfo
local function h() f(f, g) end
print('ready')
h()
