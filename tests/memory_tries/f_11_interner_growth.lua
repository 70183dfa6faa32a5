-- Short strings of each length, and again after they are gone.
for round = 1, 4 do
  local t = {}
  pcall(function() local n = 0 while true do n = n + 1 t[n] = ("%x"):rep(round):format(n, n, n, n) end end)
  print(#t)
  t = nil
  collectgarbage()
end
