local m = math
local t = {m.max(1, 5, 3), m.min(2, 1), m.floor(2.7), m.ceil(2.1), m.abs(-3), m.sqrt(16), m.tointeger(3.0), m.ult(1, -1), m.fmod(7, 3), m.modf(3.5)}
m.randomseed(5)
for i = 1, 10 do local r = m.random(i, 20) if r < i or r > 20 then return "random" end end
local x = m.sin(1) + m.cos(1) + m.exp(1) + m.log(2) + m.log(8, 2) + m.pi + m.huge * 0 + m.atan(1, 2) + m.tan(1) + m.asin(1) + m.acos(1)
local packed = string.pack("<i4>i2z s1 d b !8 j", 100, -2, "zero", "len", 1.5, 7, 9)
local a, b, z, l, d, c, j = string.unpack("<i4>i2z s1 d b !8 j", packed)
local text = json.encode({1, 2, {a = "b\u{e9}\n", list = {1.5, true, false}}})
local back = json.decode(text)
local date = os.date and os.time and type(os.time()) == "number"
local ok = tostring(nil) == "nil" and type(tostring({})) == "string" and select(-1, 1, 2, 3) == 3
local r = {assert(1, 2, 3)}
local s = {string.byte("abc", 1, -1)}
return t[1] == 5 and x ~= x and a == 100 and b == -2 and z == "zero" and l == "len" and d == 1.5 and c == 7 and j == 9
  and back[3].list[1] == 1.5 and ok and #r == 3 and #s == 3 and date and string.packsize("i4 i8") == 12
