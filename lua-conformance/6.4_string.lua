-- Manual §6.4: string functions.
print(("hello"):len(), ("hello"):upper(), ("HeLLo"):lower(), ("hello"):reverse(), ("ab"):rep(3), ("ab"):rep(3, "-"), ("ab"):rep(0) == "", ("ab"):rep(-1) == "", (""):rep(1000) == "", ("x"):rep(1, "sep"))
print(("hello"):sub(2), ("hello"):sub(2, 3), ("hello"):sub(-3), ("hello"):sub(-3, -2), ("hello"):sub(0), ("hello"):sub(10) == "", ("hello"):sub(3, 2) == "", ("hello"):sub(-100, 100), ("hello"):sub(2, -2))
print(("hello"):sub(math.mininteger, math.maxinteger), ("hello"):sub(math.maxinteger) == "", ("hello"):sub(1, math.mininteger) == "", ("hello"):sub(-1, 0) == "")
print(("ABC"):byte(), ("ABC"):byte(2), ("ABC"):byte(-1), ("ABC"):byte(1, -1)); print(("ABC"):byte(10)); print(("ABC"):byte(0)); print((""):byte()); print(select("#", ("ABC"):byte(2, 1)))
print(string.char(72, 105), string.char() == "", #string.char(0, 255)); print(pcall(string.char, -1)); print(pcall(string.char, 256)); print(pcall(string.char, "x")); print(pcall(string.char, 1.5))
-- plain find
print(("hello"):find("l"), ("hello"):find("xyz"), ("hello"):find(""), ("hello"):find("", 6), ("hello"):find("", 7)); print(("hello"):find("l", 4)); print(("hello"):find("l", -2)); print(("hello"):find("l", 5)); print(("hello"):find("h", -100)); print(("a.b"):find(".", 1, true)); print(("a.b"):find(".b", 1, true)); print(("a+b"):find("+", 1, true), ("aXb"):find("%u")); print((""):find("")); print((""):find("", 2)); print(("abc"):find("b", nil, true)); print(("a\0b"):find("\0")); print(("a\0b"):find("b", 1, true)); print(("hello"):find("l", 1.0))
print(pcall(string.find)); print(pcall(string.find, "a")); print(pcall(string.find, "a", {})); print(pcall(string.find, nil, "a")); print(pcall(string.find, "a", "a", "x"))
-- errors
print(pcall(string.len)); print(pcall(string.upper, nil)); print(pcall(string.sub)); print(pcall(string.sub, "x")); print(pcall(string.sub, "x", {})); print(pcall(string.sub, "x", 1.5)); print(pcall(string.rep, "x", -1)); print(pcall(string.rep, "x", 1 << 60)); print(pcall(string.rep, "abc", math.maxinteger)); print(pcall(string.reverse)); print(pcall(string.byte, "x", "y")); print(pcall(string.lower))
-- numbers as strings
print(string.len(123), string.upper(1.5), string.rep(7, 2), string.sub(12345, 2, 3), string.byte(65), string.reverse(123), ("x"):rep(2.0))
-- byte-wise, no locale
print(("é"):len(), ("é"):upper() == "é", ("\xE9"):upper() == "\xE9", ("áé"):reverse() ~= "éá", ("aZ09_\xff"):upper(), ("\0aB"):lower():byte(1, -1))
-- gsub, gmatch quick
print(("hello world"):gsub("o", "0")); print(("hello"):gsub("", "-")); print(("hello"):gsub("l", "L", 1)); print(("abc"):gsub("%w", "%0%0")); print(("abc"):gsub("b", { b = "B" })); print(("abc"):gsub(".", function(c) if c == "b" then return nil end return c:upper() end)); print(("x = 1"):gsub("(%w+) = (%w+)", "%2 = %1")); print(("abc"):gsub("b", "%%")); print(pcall(string.gsub, "abc", "b", "%")); print(pcall(string.gsub, "abc", "b", "%x")); print(("abc"):gsub("b", false == true and "" or "")); print(pcall(string.gsub, "abc", "b")); print(pcall(string.gsub, "abc", "b", true)); print(pcall(string.gsub, "a", "a", "b", "x"))
print(("abc"):gsub("%w", { a = 1, b = true, c = false } and { a = 1, c = false })); print(("abc"):gsub("b", 5)); print(("abc"):gsub("x*", "-")); print(("  trim  "):gsub("^%s*(.-)%s*$", "[%1]")); print(("a,b,,c"):gsub(",", ";", 2)); print(("abc"):gsub(".", "", 0)); print(("abc"):gsub(".", "x", -1)); print(("héllo"):gsub("[\x80-\xff]+", "?"))
for w in ("one two  three"):gmatch("%a+") do print(w) end
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do print(k, v) end
for p in ("abc"):gmatch("()") do io_ = (io_ or "") .. p end
print(io_); io_ = nil
for a in ("abc"):gmatch("") do pcount = (pcount or 0) + 1 end print(pcount)
for m in ("hello"):gmatch("l", 4) do print("from 4", m) end
-- comparisons and interning of long strings
local a, b = ("x"):rep(50), ("x"):rep(25) .. ("x"):rep(25)
print(a == b, rawequal(a, b), a < b .. "y", ({ [a] = 1 })[b], #a)
