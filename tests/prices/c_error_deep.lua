-- mem=256M Errors below 150,000 calls.
local pcall, error = pcall, error
local function rec(n)
  if n > 0 then return rec(n - 1) + 1 end
  print('ready')
  while true do pcall(error) end
end
rec(150000)
