-- A checksum by bits and a table.
-- small: 2
local size = tonumber((...)) or 2500

local crcs = {}
for i = 0, 255 do
  local c = i
  for _ = 1, 8 do c = (c & 1) ~= 0 and (0xEDB88320 ~ (c >> 1)) or c >> 1 end
  crcs[i] = c
end
local text = ("some bytes to be summed up "):rep(40)
local crc = 0
for _ = 1, size do
  crc = 0xFFFFFFFF
  for i = 1, #text do crc = crcs[(crc ~ text:byte(i)) & 0xFF] ~ (crc >> 8) end
end
print(crc ~ 0xFFFFFFFF)
