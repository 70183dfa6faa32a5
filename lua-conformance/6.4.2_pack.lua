-- Manual §6.4.2: string.pack, string.unpack, string.packsize.
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
local pack, unpack, size = string.pack, string.unpack, string.packsize
print(hex(pack("b", 1)), hex(pack("b", -1)), hex(pack("B", 255)), hex(pack("<h", 0x1234)), hex(pack(">h", 0x1234)), hex(pack("<H", 65535)))
print(hex(pack("<i4", 1)), hex(pack(">i4", 1)), hex(pack("<I4", 0xdeadbeef)), hex(pack("<i8", -2)), hex(pack(">j", 1)), hex(pack("<J", -1)), hex(pack("<T", 1)))
print(hex(pack("<i3", -2)), hex(pack(">I3", 0x010203)), hex(pack("<i16", -2)), hex(pack(">i16", 5)), hex(pack("<I7", 1)))
print(hex(pack("<f", 1.5)), hex(pack(">f", -1.5)), hex(pack("<d", 1.5)), hex(pack(">n", 0.1)), hex(pack("<d", 1/0)))
print(hex(pack("z", "abc")), hex(pack("s1", "abc")), hex(pack("<s2", "abc")), hex(pack(">s4", "abc")), hex(pack("<s", "x")), hex(pack("c5", "abc")), hex(pack("c0", "")))
print(hex(pack("<i1i2i4", 1, 2, 3)), hex(pack("<!4i1i4", 1, 2)), hex(pack("<!i1i8", 1, 2)), hex(pack("<i1xi1", 1, 2)), hex(pack("<!4i1Xi4i1", 1, 2)), hex(pack("<!2 i1 i8", 1, 2)), hex(pack(" < i2 > i2 = ", 1, 2)))
print(unpack("b", "\255")); print(unpack("B", "\255")); print(unpack("<h", "\x34\x12")); print(unpack(">h", "\x12\x34")); print(unpack("<i4", "\255\255\255\255")); print(unpack("<I4", "\255\255\255\255")); print(unpack("<i3", "\254\255\255")); print(unpack("<i16", pack("<i16", -12345))); print(unpack("<j", pack("<j", math.mininteger)))
print(unpack("<f", pack("<f", 0.1))); print(unpack("<d", pack("<d", 0.1))); print(unpack("z", "abc\0def")); print(unpack("s1", "\3abcd")); print(unpack("<s2", "\2\0xy")); print(unpack("c3", "abcdef")); print(unpack("z", "\0")); print(unpack("<i2", "\1\0\2\0", 3)); print(unpack("<i2", "\1\0\2\0", -2)); print(unpack("", "abc")); print(unpack("", "abc", 4)); print(unpack("<!4 i1 i4", pack("<!4 i1 i4", 7, 8))); print(unpack("<i1 x i1", "\1\0\2"))
print(unpack("<bhijz", pack("<bhijz", 1, 2, 3, 4, "five"))); print(unpack(">I2 s1 f z", pack(">I2 s1 f z", 513, "str", 0.5, "end")))
print(size("b"), size("<h"), size("<i4"), size("<!8 i1 i8"), size("<i1 i8"), size("c10"), size("<f"), size("<d"), size("<i1 x x"), size("<!4 i1 Xi4"), size(""), size("j"), size("n"), size("i16"), size("!8 b Xd i8"))
local function e(f, ...) print(pcall(f, ...)) end
e(pack, "b", 128); e(pack, "B", 256); e(pack, "B", -1); e(pack, "<i2", 40000); e(pack, "I3", 1 << 24); e(pack, "i17", 1); e(pack, "i0", 1); e(pack, "q", 1); e(pack, "i", "x"); e(pack, "i"); e(pack, "i", 1.5); e(pack, "z", "a\0b"); e(pack, "c2", "abc"); e(pack, "c", "abc"); e(pack, "s1", ("x"):rep(256)); e(pack, "!17 i4", 1); e(pack, "!3 i4", 1); e(pack, "!4 i3", 1); e(pack, "X", 1); e(pack, "Xz", 1); e(pack, "d", "x"); e(pack, "s", {})
e(unpack, "i4", "abc"); e(unpack, "z", "abc"); e(unpack, "s1", "\5abc"); e(unpack, "c4", "abc"); e(unpack, "<i16", ("\255"):rep(8) .. ("\1"):rep(8)); e(unpack, "b", ""); e(unpack, "b", "a", 3); e(unpack, "b", "a", -5); e(unpack, "i4"); e(unpack, "<I16", ("\255"):rep(16)); e(unpack, "d", "1234")
e(size, "s"); e(size, "z"); e(size, "i17"); e(size, "c2147483647c2147483647"); e(size, "k"); e(size)
print(select("#", unpack(("b"):rep(200), ("\1"):rep(200)))); print(#pack(("b"):rep(200), table.unpack((function() local t = {} for i = 1, 200 do t[i] = i % 100 end return t end)())))
for i = 1, 16 do local s = pack("<i" .. i, -i); assert(#s == i and unpack("<i" .. i, s) == -i); s = pack(">I" .. i, i); assert(unpack(">I" .. i, s) == i) end
print("ok")
