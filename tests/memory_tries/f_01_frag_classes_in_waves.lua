-- Blocks of one size after the other, each time until nothing is left.
for size = 48, 512, 16 do
  local t = {}
  pcall(function() local n = 0 while true do n = n + 1 t[n] = ("x"):rep(size - 15 + n % 16) end end)
  t = nil
  collectgarbage()
end
