-- Words of a text, counted in a table.
-- small: 2
local size = tonumber((...)) or 3000

local words = {}
for i = 1, 500 do words[i] = "word" .. (i * 7919 % 257) end
local text = table.concat(words, " ")
local counts = {}
for _ = 1, size do
  for word in text:gmatch("%a+%d+") do counts[word] = (counts[word] or 0) + 1 end
end
local kinds, most = 0, 0
for _, count in pairs(counts) do
  kinds = kinds + 1
  if count > most then most = count end
end
print(kinds, most)
