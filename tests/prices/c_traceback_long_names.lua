-- Tracebacks through functions with long names in a chunk with a long name.
local name = 'n' .. ('x'):rep(200000)
local text = 'local ' .. name .. ' function ' .. name .. '(n, tb) if n == 0 then while true do tb() end end local z = '
  .. name .. '(n - 1, tb) return z end ' .. name .. '(20, debug.traceback)'
local f = load(text, ('c'):rep(1000000))
print('ready')
f()
