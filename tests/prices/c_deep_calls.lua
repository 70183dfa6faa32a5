-- mem=256M Calls and returns below 100,000 others, with collections.
local function rec(n)
  if n > 0 then return rec(n - 1) + 1 end
  print('ready')
  while true do local t = {} end
end
rec(100000)
