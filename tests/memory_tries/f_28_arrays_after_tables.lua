-- As with strings, with one array after the other, and tables in between.
local kept = {}
for i = 1, 12000 do kept[i] = { i, { i }, k = i } end
for _ = 1, 40 do
  local garbage = {}
  for i = 1, 12000 do garbage[i] = { i, { i }, k = i } end
end
local arrays = {}
for i = 1, 1e9 do
  local array = {}
  for j = 1, 3000 do array[j] = j end
  arrays[i] = array
end
