-- The string library: patterns, formats, cutting and comparing.
-- small: 20
local size = tonumber((...)) or 45000

local text = "On moonless nights 17 lamps burn along the quay, 4 of them blue; 250 boats sleep."
local words, digits, shout, found = 0, 0, 0, 0
for i = 1, size do
  for word in text:gmatch("%a+") do words = words + #word end
  digits = digits + select(2, text:gsub("%d+", function(n) return n + i end))
  shout = shout + #text:upper():reverse():sub(5, -5)
  local from, to = text:find("blue", 1, true)
  found = found + from + to
  local line = string.format("%05d|%-10s|%8.3f|%x", i, text:sub(i % 20 + 1, i % 20 + 6), i / 7, i)
  local number, name = line:match("^(%d+)|([^|]*)|")
  if tonumber(number) ~= i or #name ~= 10 then error(line) end
  words = words + line:byte(-1) + (text < line and 1 or 0)
end
print(words, digits, shout, found)
