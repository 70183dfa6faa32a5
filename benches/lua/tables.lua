-- Tables that grow, shrink, and are keyed by strings, integers and tables.
-- small: 300
local size = tonumber((...)) or 500000

local array, names, holes = {}, {}, {}
for i = 1, size do
  array[i] = i * 3
  names["key" .. i % 5000] = i
  holes[i * 7 % size] = i
end
local sum = 0
for i = 1, #array do sum = sum + array[i] end
for name, value in pairs(names) do
  if #name % 2 == 0 then names[name] = nil else sum = sum + value end
end
for key, value in pairs(holes) do sum = sum + key * value % 11 end
local marks, objects = {}, {}
for i = 1, size // 4 do
  local object = { id = i, next = objects[i - 1] }
  objects[i], marks[object] = object, i
end
local walk, at = 0, objects[#objects]
while at do walk, at = walk + marks[at], at.next end
for i = #array, 1, -1 do array[i] = nil end
print(sum, walk, #array, next(array))
