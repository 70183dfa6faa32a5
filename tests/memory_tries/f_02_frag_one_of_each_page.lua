-- The same, and a few blocks of each size stay, far apart.
local kept, k = {}, 0
for i = 1, 5000 do kept[i] = false end
for size = 48, 256, 16 do
  local t = {}
  pcall(function() local n = 0 while true do n = n + 1 t[n] = ("x"):rep(size - 15 + n % 16) end end)
  for i = 1, #t, 20000 do k = k + 1 kept[k] = t[i] end
  t = nil
  collectgarbage()
end
print(k)
