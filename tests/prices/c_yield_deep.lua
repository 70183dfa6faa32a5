-- mem=256M profile=compat Yields from below 100,000 calls.
local yield = coroutine.yield
local function rec(n)
  if n > 0 then return rec(n - 1) + 1 end
  while true do yield() end
end
local f = coroutine.wrap(function() pcall(rec, 100000) end)
f()
print('ready')
while true do f() end
