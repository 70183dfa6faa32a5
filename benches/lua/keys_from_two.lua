-- Integer keys that do not begin at 1.
-- small: 300
local size = tonumber((...)) or 2000000

local m, prime, count = size, {}, 0
for i = 2, m do prime[i] = true end
for i = 2, m do
  if prime[i] then
    for k = i * i, m, i do prime[k] = false end
    count = count + 1
  end
end
print(count)
