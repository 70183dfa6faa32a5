-- Manual §6.5: UTF-8.
print(utf8.char(72, 228, 8364, 0x10FFFF), utf8.char() == "", #utf8.char(0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000), #utf8.char(0x7FFFFFFF), utf8.char(0x4F60, 0x597D))
print(utf8.charpattern == "[\0-\x7F\xC2-\xFD][\x80-\xBF]*")
local s = "aé€𐍈"
print(#s, utf8.len(s), utf8.len(""), utf8.len(s, 2), utf8.len(s, 4), utf8.len(s, 1, 1), utf8.len(s, -4), utf8.len(s, 5, 4), utf8.len(s, #s + 1))
print(utf8.len("\xff")); print(utf8.len("ab\x80")); print(utf8.len("\xC3")); print(utf8.len("\xE2\x82")); print(utf8.len("\xED\xA0\x80")); print(utf8.len("\xED\xA0\x80", 1, -1, true)); print(utf8.len("\xC0\x80")); print(utf8.len("\xF4\x90\x80\x80")); print(utf8.len("\xF4\x90\x80\x80", 1, -1, true)); print(utf8.len("\xFD\xBF\xBF\xBF\xBF\xBF", 1, -1, true)); print(utf8.len("é", 2)); print(utf8.len("\xE0\x80\x80"))
print(utf8.codepoint(s, 1, -1)); print(utf8.codepoint(s)); print(utf8.codepoint(s, 2)); print(utf8.codepoint(s, -4)); print(utf8.codepoint(s, 2, 1)); print(utf8.codepoint("\xED\xA0\x80", 1, 1, true))
print(utf8.offset(s, 1), utf8.offset(s, 2), utf8.offset(s, 3), utf8.offset(s, 4), utf8.offset(s, 5), utf8.offset(s, 6)); print(utf8.offset(s, -1), utf8.offset(s, -2), utf8.offset(s, -4), utf8.offset(s, -5)); print(utf8.offset(s, 0, 3), utf8.offset(s, 0, 2), utf8.offset(s, 0, 6), utf8.offset(s, 0), utf8.offset(s, 1, 4), utf8.offset(s, 2, 2), utf8.offset(s, -1, 4), utf8.offset("", 1), utf8.offset("", 0), utf8.offset("", -1), utf8.offset("abc", 4), utf8.offset("abc", 5))
for p, c in utf8.codes(s) do print(p, c) end
for p, c in utf8.codes("") do print(p, c) end
for p, c in utf8.codes("\xED\xA0\x80a", true) do print(p, c) end
local n = 0
for c in s:gmatch(utf8.charpattern) do n = n + 1 end
print(n)
local function e(f, ...) print(pcall(f, ...)) end
e(utf8.char, -1); e(utf8.char, 0x80000000); e(utf8.char, "x"); e(utf8.char, 1.5); e(utf8.codepoint, "abc", 4); e(utf8.codepoint, "abc", 0); e(utf8.codepoint, "abc", 1, 4); e(utf8.codepoint, "\xff"); e(utf8.codepoint, "\xED\xA0\x80"); e(utf8.len, "abc", 5); e(utf8.len, "abc", 1, 4); e(utf8.len, "abc", 0); e(utf8.len); e(utf8.len, {}); e(utf8.offset, "é", 1, 2); e(utf8.offset, "abc", 1, 5); e(utf8.offset, "abc", 1, -4); e(utf8.offset, "abc"); e(utf8.offset, "é", -1, 2); e(utf8.codes); e(utf8.codepoint)
print(pcall(function() for _ in utf8.codes("a\xff") do end end)); print(pcall(function() for _ in utf8.codes("\xE2\x82") do end end)); print(pcall(function() for _ in utf8.codes("\xED\xA0\x80") do end end))
local t = {}
for _, c in utf8.codes("héllo") do t[#t + 1] = c end
print(table.concat(t, " "), utf8.char(table.unpack(t)))
local rev = {}
for _, c in utf8.codes("añb") do table.insert(rev, 1, utf8.char(c)) end
print(table.concat(rev)); print(("añb"):sub(utf8.offset("añb", 2), utf8.offset("añb", 3) - 1)); print("\u{48}\u{e4}\u{20AC}" == utf8.char(0x48, 0xe4, 0x20ac))
for _, c in ipairs { 0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff, 0x1fffff, 0x3ffffff, 0x7fffffff } do local u = utf8.char(c); print(c, #u, utf8.codepoint(u, 1, 1, true) == c) end
-- What is no number for the iterator counts for the beginning.
local step, subject = utf8.codes("añb")
for _, control in ipairs { {}, "x", "1", 1.0, 1.5, -1, true, print } do print(step(subject, control)) end
print(step(subject), pcall(step, {}, 0))
