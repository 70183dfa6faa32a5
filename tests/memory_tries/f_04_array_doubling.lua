-- An array that grows until it is refused, twice.
for _ = 1, 2 do
  local t = {}
  print(pcall(function() for i = 1, 1e9 do t[i] = i end end))
  t = nil
  collectgarbage()
end
