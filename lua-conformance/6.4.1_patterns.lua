-- Manual §6.4.1: patterns.
local function m(s, p, i) local r = { s:match(p, i) }; for k = 1, #r do r[k] = tostring(r[k]) end; print(p, #r, table.concat(r, "|")) end
m("hello", "l+"); m("hello", "(h)(e)(l+)"); m("hello", "()ll()"); m("hello", "^e"); m("hello", "o$"); m("hello", "^hello$"); m("hello", "x?h"); m("a$b", "a$b"); m("a^b", "a^b"); m("hello", ".-l"); m("hello", ".*l"); m("key = value", "(%w+)%s*=%s*(%w+)")
m("2024-01-15", "(%d+)-(%d+)-(%d+)"); m("[[x]]", "%[%[(.-)%]%]"); m("f(a(b)c)d", "%b()"); m("THE (quick) fox", "%((%a+)%)"); m("x", "%b"  .. "xy"); m("<<a>>", "%b<>"); m("((unbalanced)", "%b()")
m("THE (quick) fox", "%f[%a]%a+", 4); m("foo.bar", "%f[%w]%w+$"); m("abc123", "%a+%d+"); m("  x", "^%s*(.*)$"); m("abc", "[a-b]+"); m("abc", "[^a]+"); m("a-b", "[a%-]+"); m("a]b", "[]a]+"); m("a]b", "[^]]+"); m("x^y", "[x^]+"); m("a-z", "[a-]+"); m("0xFf", "0x(%x+)")
m("abcabc", "(abc)%1"); m("\"quoted 'x'\"", "([\"'])(.-)%1"); m("aXb", "%u"); m("aXb", "%l%u%l"); m("a.b", "%."); m("a\0b", "%z"); m("a\0b", "[%z]"); m("tab\there", "%c"); m("punct!", "%p"); m("é", "[\xc3][\xa9]"); m("abc", ""); m("", "^$"); m("", ".*"); m("abc", "()", 4); m("abc", "()", 5); m("aaa", "a-"); m("aaa", "a-$"); m("aaab", "a-b"); m("abc", "(a)(b)(c)()"); m("abc", "((a)(b))c"); m("x=1;y=2", "y=(%d)"); m("ab12", "%D+"); m("ab12", "%A+"); m("ab 12", "%S+"); m("ab_12", "%W"); m("hello.world", "^(.-)%.(.*)$"); m("a,b", "([^,]*),([^,]*)"); m("%d", "%%d"); m("a+b", "a%+b"); m("ABC", "%L+"); m("!a", "%P"); m("\1a", "%C"); m("g1", "%X%x"); m(" !", "%g"); m("! ", "%G")
for _, set in ipairs { "%a", "%c", "%d", "%g", "%l", "%p", "%s", "%u", "%w", "%x" } do
  local n, sum = 0, 0
  for c = 0, 255 do if string.char(c):find(set) then n = n + 1; sum = sum + c end end
  print(set, n, sum)
end
local function e(s, p, r) print(pcall(r and string.gsub or string.match, s, p, r)) end
e("a", "("); e("a", ")"); e("a", "(()"); e("a", "%"); e("a", "["); e("a", "[a"); e("a", "[]"); e("a", "[^]"); e("a", "[%"); e("a", "[a%"); e("a", "%b"); e("a", "%bx"); e("a", "%f"); e("a", "%fa"); e("a", "%1"); e("a", "(a)%2"); e("a", "(%1)"); e("a", "(a%1"); e("a", ("(a)"):rep(33)); e("a", "a", "%1"); e("a", "a", "%2"); e("a", "(a)", "%2"); e("a", "a", "%9"); e("a", "(a)", "%"); e("a", "(a))")
print(pcall(string.match, ("a"):rep(1000), ("(a"):rep(40)))
print(("x"):rep(1000):find(".-b"), ("a"):rep(30):match("a*a*a*a*$") == ("a"):rep(30))
-- gsub anchors and positions
print(("abc abc"):gsub("^abc", "X")); print(("hello world from lua"):gsub("(%w+)", "<%1>")); print(("hello world"):gsub("(%w+) (%w+)", "%2 %1")); print(("abc"):gsub("()", "%1")); print(("$name is $age"):gsub("%$(%w+)", { name = "Lua", age = 30 })); print(("4+5 = $return 4+5$"):gsub("%$(.-)%$", function(s) return load(s)() end)); print(("abc"):gsub("(b)()", "%2%1")); print((" a  b "):gsub("%s+", "_")); print(("x"):gsub("x", "%0%0%%")); print(("THE (quick) fox"):gsub("%f[%a]%a+", string.lower)); print(("abc"):gsub("a*", "x")); print(("aaa"):gsub("a-", "x")); print((""):gsub("", "x")); print(("ab"):gsub("%f[%w]", "|")); print(("one;two;;four"):gsub(";;", ";nil;"))
for a, b in ("k1=v1;k2=v2"):gmatch("(%w+)=(%w+)") do print(a, b) end
for pos, word in ("one two"):gmatch("()(%a+)") do print(pos, word) end
for s in ("a,b,,c"):gmatch("([^,]*)") do print("[" .. s .. "]") end
for s in ("aXbX"):gmatch("^a") do print("anchored", s) end
print(("abc"):gmatch("b")()); print(pcall(string.gmatch, "x")); print(pcall(("x"):gmatch("(")))
