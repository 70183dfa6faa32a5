-- mem=256M Tracebacks through a function of 200,000 instructions.
local text = 'local f, tb, n = ... goto go do ' .. ('x=y '):rep(100000)
  .. ' end ::go:: if n == 0 then while true do tb() end end local z = f(f, tb, n - 1) return z'
local f = load(text, '=b')
print('ready')
f(f, debug.traceback, 22)
