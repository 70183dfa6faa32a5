-- mem=256M profile=full debug.getinfo and debug.getlocal below many calls.
local getinfo, getlocal = debug.getinfo, debug.getlocal
local function rec(n)
  if n > 0 then return rec(n - 1) + 1 end
  print('ready')
  while true do getinfo(1, 'nSlutf') getinfo(90000, 'nSlutf') getlocal(90000, 1) end
end
rec(100000)
