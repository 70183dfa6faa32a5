--full
-- Numbers to text and back, long texts with many pieces.
local out = {}
for i = -5, 5 do out[#out + 1] = tostring(i / 3) out[#out + 1] = ("%.14g"):format(10.0 ^ (i * 30)) out[#out + 1] = ("%d"):format(i * 2 ^ 40 // 1) end
local total = 0
for _, s in ipairs(out) do total = total + tonumber(s) * 0 end
local wide = ("%-20s|%+5d|%05d|%#x|%e|%.3f"):format("w", 3, 4, 255, 12345.678, 0.1)
local pieces = {}
for i = 1, 50 do pieces[i] = ("%d:%s;"):format(i, ("p"):rep(i)) end
local all = table.concat(pieces)
local count = select(2, all:gsub("%d+:", ""))
local q = load("return " .. ("%q"):format(1 / 3))()
return wide == "w                   |   +3|00004|0xff|1.234568e+04|0.100" and count == 50 and q == 1 / 3
  and math.tointeger("8") == nil or math.tointeger("8") == 8 and 0x7fffffffffffffff + 1 == math.mininteger
