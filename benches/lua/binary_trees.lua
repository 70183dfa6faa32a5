-- Many small tables that live and die.
-- small: 6
local size = tonumber((...)) or 15

local function tree(depth)
  if depth == 0 then return {} end
  return { tree(depth - 1), tree(depth - 1) }
end
local function count(node)
  if not node[1] then return 1 end
  return 1 + count(node[1]) + count(node[2])
end
local long, sum = tree(size), 0
for depth = 4, size - 1, 2 do
  for _ = 1, 1 << (size - depth) do sum = sum + count(tree(depth)) end
end
print(sum, count(long))
