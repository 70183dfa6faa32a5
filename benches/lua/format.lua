-- Numbers to texts and back.
-- small: 50
local size = tonumber((...)) or 120000

local length, sum = 0, 0
for i = 1, size do
  length = length + #string.format("%d %5.2f %s %x %q", i, i / 3, "name", i, "a\n")
  length = length + #(i .. ":" .. i / 2)
  sum = sum + tonumber("0x" .. string.format("%x", i)) + tonumber(tostring(i / 4))
end
print(length, sum)
