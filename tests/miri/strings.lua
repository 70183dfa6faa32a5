-- Short, long and shared strings, patterns, buffers.
local long = ("abc"):rep(100)
local seen = {}
for i = 1, 60 do local s = "str" .. i seen[s] = s seen[s .. long:sub(1, i)] = i end
local r = long:gsub("b", "xx"):gsub("(a)(x)", "%2%1"):gsub("x+", {xx = "y"}):gsub("%w", function(c) return c == "c" and "d" end)
local parts = {}
for w in ("one two  three"):gmatch("%a+") do parts[#parts + 1] = w end
local a, b, c = ("key = value"):find("(%w+)%s*=%s*(%w+)")
local f = ("%5.2f|%-5d|%q|%s|%x|%c|%g|%a|%i|%5s"):format(1.5, 3, "a\n\0b", long, 255, 65, 1e100, 1.0, 7, "r")
local bytes = {long:byte(1, 20)}
local up = long:upper():lower():reverse():len()
local cat = ""
for i = 1, 30 do cat = cat .. i .. "," end
local key = {}
key[long] = 1
key["ab" .. long:sub(3)] = (key["ab" .. long:sub(3)] or 0) + 1
local u = utf8.char(228, 8364, 0x1F600)
local points = {utf8.codepoint(u, 1, -1)}
for p, q in utf8.codes(u) do points[#points + 1] = q end
return #parts == 3 and a == 1 and c == "key" and #bytes == 20 and up == 300 and #cat == 81
  and key[long] == 2 and #points == 6 and utf8.len(u) == 3 and #f > 300 and #r > 100
  and tostring(1e15) == "1e+15" and tonumber("0x1p4") == 16 and tonumber("z", 36) == 35
  and ("x"):rep(3, "-") == "x-x-x" and long < long .. "a" and utf8.offset(u, 2) == 3
