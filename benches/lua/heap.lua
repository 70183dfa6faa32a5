-- A queue by priority in an array.
-- small: 50
local size = tonumber((...)) or 180000

local heap, n, seed = {}, 0, 7
local function push(v)
  n = n + 1
  local i = n
  while i > 1 and heap[i // 2] > v do heap[i] = heap[i // 2] i = i // 2 end
  heap[i] = v
end
local function pop()
  local top, last = heap[1], heap[n]
  heap[n] = nil
  n = n - 1
  local i = 1
  while i * 2 <= n do
    local c = i * 2
    if c < n and heap[c + 1] < heap[c] then c = c + 1 end
    if heap[c] >= last then break end
    heap[i] = heap[c]
    i = c
  end
  if n > 0 then heap[i] = last end
  return top
end
local sum = 0
for i = 1, size do
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  push(seed)
end
for i = 1, size do sum = (sum * 31 + pop()) & 0xffffffff end
print(sum)
