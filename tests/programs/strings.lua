-- Every string function, with results long and short.
local s = "The quick brown fox jumps over the lazy dog"
print(#s, s:upper(), s:lower(), s:reverse(), s:len())
print(s:sub(5, 9), s:sub(-3), s:sub(0), s:sub(100), s:sub(-100, 3), s:sub(3, 2))
print(s:byte(1, 5), ("x"):byte(10), string.char(72, 101, 108, 108, 111), string.char())
print(("ab"):rep(3), ("ab"):rep(3, ","), ("ab"):rep(0), ("ab"):rep(-1), #("abc"):rep(5000, "--"))
print(s:find("quick"), s:find("q(u)(i)ck"), s:find("zzz"), s:find("o", 15, true), s:find(""), s:find("", 100))
print(s:match("(%a+) (%a+)"), s:match("^(%w+)"), s:match("()fox()"), s:match("%d"))
for w in s:gmatch("%a+") do io = w end
print(io)
local words = {}
for k, v in ("a=1, b=2, c=3"):gmatch("(%w+)=(%w+)") do words[#words + 1] = k .. v end
print(table.concat(words, ";"))
print(s:gsub("o", "0"), s:gsub("%w+", "%0 %0", 2), s:gsub("(%w+) (%w+)", "%2 %1"))
print(("hello world"):gsub("%w+", { hello = "HI", world = false }), ("abc"):gsub("", "-"), ("abc"):gsub("%w", function(c) if c == "b" then return nil end return c .. c end))
print(pcall(string.gsub, "abc", "(", "x"), pcall(string.gsub, "abc", "a", "%2"), pcall(string.rep), pcall(string.rep, "x", 1 << 60))
print(string.format("%d %5d %-5d| %05d %+d %x %X %o %c %s %q %i %%", 1, 2, 3, 4, 5, 255, 255, 8, 65, "str", "a\nb\0c\"d", 7))
print(string.format("%g %e %f %.3f %10.2f %a %G %E", 1.5, 1.5, 1.5, 1 / 3, 2.5, 1.0, 1e20, 1e-5))
print(string.format("%s %s %s %10s %-10s|%.3s", nil, true, 12, "right", "left", "truncate"))
print(string.format("%q %q %q", 1 / 3, math.mininteger, 0 / 0), pcall(string.format, "%d", 1.5), pcall(string.format, "%y", 1))
print(#string.format("%99d", 1), pcall(string.format, "%100d", 1), string.format("%s", setmetatable({}, { __tostring = function() return "meta" end })))
print(string.pack("<i4", 100):byte(1, -1))
print(string.unpack("<i4", string.pack("<i4", -2)), string.packsize("i4i8"), string.unpack("z", "hello\0world"), string.unpack("s1", "\5hello"))
print(pcall(string.unpack, "i4", "abc"), string.pack(">I2 <I2 =I2 !4 d", 1, 2, 3, 4.5):byte(1, -1))
print(("x"):rep(10) < ("x"):rep(11), "a" < "b", "Z" < "a", "" < "a", "a\0b" < "a\0c", ("y"):rep(500) <= ("y"):rep(500))
print("10" + 5, "3" * "4", 10 .. 20, "0x10" + 0, pcall(function() return "a" + 1 end))
print(("%bxy"):find("%%b"), ("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):find("%((%a+)%)"), ("hello"):match("%f[%a]%a+%f[%A]"))
print(pcall(string.find, "a", "%f"), pcall(string.find, "a", "[a"), pcall(string.find, "a", "%"), pcall(string.match, ("a"):rep(3000), ("a?"):rep(300)))
local big = ("abc "):rep(3000)
print(#big:gsub("%w+", function(w) return w:upper() .. #w end), select(2, big:gsub("a", "%0%0")), #big:upper(), #big:reverse(), big:find("c $"))
local t = {}
for i = 1, 300 do t[#t + 1] = ("%d:%s"):format(i, ("z"):rep(i % 17)) end
local joined = table.concat(t, ",")
print(#joined, joined:sub(1, 50), joined == table.concat(t, ","), #(joined .. joined .. joined))
local acc = ""
for i = 1, 200 do acc = acc .. i .. "," end
print(#acc, acc:sub(-20))
return #acc, acc:byte(1, 3)
