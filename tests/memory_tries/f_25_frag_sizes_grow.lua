-- Strings that get longer while every tenth stays.
local kept, n, size = {}, 0, 40
pcall(function()
  while true do
    local t = {}
    for i = 1, 400 do t[i] = ("x"):rep(size + i % 16) end
    for i = 1, 400, 40 do n = n + 1 kept[n] = t[i] end
    size = size + 24
  end
end)
print(n)
