-- Manual §3.4.2: bitwise operators.
print(0xF0 & 0x3C, 0xF0 | 0x0F, 0xFF ~ 0x0F, ~0, ~0xFF, 1 << 4, 256 >> 4)
print(1 << 63, 1 << 64, 1 << 65, 1 << -1, 1 >> -1, 1 >> 63, -1 >> 1, -1 >> 63, -1 >> 64, -1 << 63, -1 << 64)
print(1 << math.maxinteger, 1 << math.mininteger, 1 >> math.maxinteger, 1 >> math.mininteger)
print(5.0 & 3, 2^53 | 0, 3 ~ 1.0, ~5.0, 1.0 << 2)
-- strings have no bitwise operators
print(pcall(function() return "5" & 3 end))
print(pcall(function() local s = "0x10"; return 1 | s end))
print(pcall(function() return ~"5" end))
print(math.maxinteger & math.mininteger, math.maxinteger | math.mininteger, math.maxinteger ~ math.mininteger)
print(-2^63 & -1, 0xFFFFFFFFFFFFFFFF == -1, 0x7FFFFFFFFFFFFFFF << 1)
local function e(f) print(pcall(f)) end
e(function() return 1.5 & 1 end)
e(function() return 1 | 1e100 end)
e(function() return 0/0 ~ 1 end)
e(function() return math.huge << 1 end)
e(function() return 2^63 & 1 end)
e(function() return "abc" & 1 end)
e(function() return "1.5" & 1 end)
e(function() return 1 & {} end)
e(function() return nil | 1 end)
e(function() return ~{} end)
e(function() return ~"x" end)
e(function() return ~1.5 end)
e(function() return true ~ 1 end)
e(function() return print >> 1 end)
e(function() local a = 1.25; return a >> 1 end)
e(function() local a = {}; a.b = "x"; return a.b << 1 end)
-- identities
local ok = true
local v = 0x123456789ABCDEF
for i = 0, 70 do
  local n = v * (i + 1) ~ (i << 57)
  ok = ok and (n & ~n) == 0 and (n | ~n) == -1 and (n ~ n) == 0 and ~~n == n and n << i == n >> -i
  ok = ok and (i >= 64 or (n >> i) << i == n & (-1 << i))
end
print(ok)
local crc = 0xFFFFFFFF
for c in ("123456789"):gmatch(".") do
  crc = crc ~ c:byte()
  for _ = 1, 8 do crc = (crc >> 1) ~ (0xEDB88320 & -(crc & 1)) end
end
print(string.format("%08x", ~crc & 0xFFFFFFFF))
