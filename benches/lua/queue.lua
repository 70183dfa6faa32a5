-- Integer keys that walk through a table: a queue.
-- small: 300
local size = tonumber((...)) or 1000000

local queue, first, last, sum = {}, 1, 0, 0
for i = 1, size do
  last = last + 1
  queue[last] = i
  if i % 3 ~= 0 then
    sum = sum + queue[first]
    queue[first] = nil
    first = first + 1
  end
end
print(sum, last - first)
