-- Manual §3.4.4: relational operators.
print(1 == 1, 1 == 1.0, 1 ~= 2, "a" == "a", "a" ~= "b", nil == nil, nil == false, true == true, {} == {})
print(1 < 2, 2 < 1, 1 <= 1, 1 >= 1, 1 > 1, 1.5 < 2, 2 > 1.5, -1 < -0.5, 1 < 1.0, 1 <= 1.0)
print("a" < "b", "a" < "B", "B" < "a", "a" < "ab", "ab" < "b", "" < "a", "a" <= "a", "Z" < "a", "10" < "9")
print("a\0b" < "a\0c", "a\0" > "a", "a" < "a\0", "\0" < "\1", "" == "\0", "a\0b" == "a\0b")
print("\x7f" < "\x80", "é" > "z", "aa" < "aaa", ("x"):rep(100) < ("x"):rep(101))
local big = math.maxinteger
print(big < big + 0.0, big <= big + 0.0, big > big + 0.0, big == big + 0.0, big + 0.0 > big)
print(-big - 1 == -2^63, -big - 1 < -2^63, -big == -2^63, big < 1e300, big > -1e300, big < math.huge)
local line = {}
for _, x in ipairs { 0, -1, 1, 2^53, -2^53, 0.5, -0.5, 1/0, -1/0 } do
  for _, y in ipairs { 0, 1, 9007199254740993, 0.5, 1/0 } do
    line[#line + 1] = (x < y and "<" or "") .. (x <= y and "l" or "") .. (x == y and "=" or "") .. (x > y and ">" or "") .. (x >= y and "g" or "")
  end
end
print(table.concat(line, " "))
local nan = 0/0
print(nan < nan, nan <= nan, nan == nan, nan ~= nan, nan < 1, 1 < nan, nan > 1, 1 >= nan, nan < math.maxinteger)
print(not (1 < nan), not (1 >= nan), (1 < nan) == false)
-- constants on either side, in conditions
local function c(v)
  local r = ""
  if v < 10 then r = r .. "a" end
  if v <= 10 then r = r .. "b" end
  if v > 10 then r = r .. "c" end
  if v >= 10 then r = r .. "d" end
  if v == 10 then r = r .. "e" end
  if v ~= 10 then r = r .. "f" end
  if 10 < v then r = r .. "g" end
  if 10 <= v then r = r .. "h" end
  if 10 > v then r = r .. "i" end
  if 10 >= v then r = r .. "j" end
  if not (v < 10.5) then r = r .. "k" end
  if v == 10.0 then r = r .. "l" end
  return r
end
print(c(9), c(10), c(11), c(10.0), c(10.25), c(nan), c(-1/0))
local function s(v) return (v == "x" and "eq" or "ne") .. (v == nil and "nil" or "") .. (v == true and "true" or "") .. (v == 1 and "one" or "") end
print(s("x"), s(nil), s(true), s(1), s(1.0), s("1"), s(false))
local function e(f) print(pcall(f)) end
e(function() return 1 < "1" end)
e(function() return "a" < 1 end)
e(function() return {} < {} end)
e(function() return {} <= 1 end)
e(function() return nil < 1 end)
e(function() return 1 > nil end)
e(function() return nil > nil end)
e(function() return true < true end)
e(function() return print >= 1 end)
e(function() return "a" >= {} end)
e(function() local a; return a < 10 end)
e(function() local a = "x"; return 10 >= a end)
