-- table.sort with and without a comparison, and a merge sort written in Lua.
-- small: 200
local size = tonumber((...)) or 80000

local state = 12345
local function random()
  state = (state * 1103515245 + 12345) & 0x7FFFFFFF
  return state >> 8
end

local function merge_sort(list)
  local from, to = list, {}
  local width = 1
  while width < #list do
    for low = 1, #list, 2 * width do
      local middle, high = math.min(low + width, #list + 1), math.min(low + 2 * width, #list + 1)
      local left, right = low, middle
      for at = low, high - 1 do
        if left < middle and (right >= high or from[left] <= from[right]) then
          to[at], left = from[left], left + 1
        else
          to[at], right = from[right], right + 1
        end
      end
    end
    from, to, width = to, from, width * 2
  end
  return from
end

local numbers, names, merged = {}, {}, {}
for i = 1, size do
  numbers[i], merged[i] = random(), random()
  names[i] = "item" .. random() % 10000
end
table.sort(numbers)
table.sort(names)
table.sort(names, function(a, b) return #a < #b or #a == #b and a > b end)
merged = merge_sort(merged)
local sum = 0
for i = 1, size do sum = (sum * 31 + numbers[i] + merged[i] + #names[i]) % 1000000007 end
print(sum, names[1], names[size])
