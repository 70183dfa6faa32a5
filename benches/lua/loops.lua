-- Numeric loops with integer and float arithmetic.
-- small: 2000
local size = tonumber((...)) or 9000000

local bits, sum, wave = 0, 0, 0.0
for i = 1, size do
  bits = (bits ~ (i * 2654435761)) & 0xFFFFFFFF
  sum = sum + i % 7 - i // 3
end
local step = 1 / size
for x = 0.0, 1.0, step do
  wave = wave + x * x - 0.25
end
local n, steps = 27 + size, 0
while n ~= 1 do
  n = n % 2 == 0 and n // 2 or 3 * n + 1
  steps = steps + 1
end
print(bits, sum, string.format("%.6f", wave), steps)
