-- Patterns: replacing with texts, tables and functions.
-- small: 2
local size = tonumber((...)) or 1500

local text = ("The quick brown fox jumps over the lazy dog, 42 times; "):rep(20)
local length = 0
local names = { fox = "cat", dog = "bird" }
for _ = 1, size do
  length = length + #text:gsub("%w+", string.upper)
  length = length + #text:gsub("%a+", names)
  length = length + #text:gsub("(%d+)", "<%1>")
  length = length + select(2, text:gsub("[aeiou]", ""))
  if text:find("lazy cat", 1, true) then length = 0 end
end
print(length)
