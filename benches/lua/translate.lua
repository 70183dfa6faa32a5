-- Characters exchanged by a table, and lines cut anew.
-- small: 2
local size = tonumber((...)) or 1500

local pairs_of = { A = "T", C = "G", G = "C", T = "A", N = "N" }
local seed, letters = 42, { "A", "C", "G", "T", "N" }
local parts = {}
for i = 1, 3000 do
  seed = (seed * 3877 + 29573) % 139968
  parts[i] = letters[seed % 5 + 1]
end
local strand = table.concat(parts)
local sum = 0
for r = 1, size do
  local other = strand:reverse():gsub(".", pairs_of)
  local lines = {}
  for at = 1, #other, 60 do lines[#lines + 1] = other:sub(at, at + 59) end
  local text = table.concat(lines, "\n")
  sum = (sum * 31 + #text + text:byte(r % #text + 1)) % 1000003
end
print(sum)
