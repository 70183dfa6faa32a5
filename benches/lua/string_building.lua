-- Strings put together: by concatenation, by table.concat, piece by piece.
-- small: 100
local size = tonumber((...)) or 700000

local parts = {}
for i = 1, size do parts[#parts + 1] = "<" .. i % 100 .. "=" .. i % 7 .. ">" end
local joined = table.concat(parts, ",")
local line, lines = "", {}
for i = 1, size do
  line = line .. string.char(97 + i % 26)
  if #line == 80 then lines[#lines + 1], line = line, "" end
end
local page = table.concat(lines, "\n")
local hash = 0
for i = 1, #page, 97 do hash = (hash * 31 + page:byte(i)) % 1000000007 end
print(#joined, #page, hash, #("ab"):rep(size, "-"))
