-- profile: full
-- Manual §6.8: file:read and file:lines, every format.
local name = os.tmpname()
local function write(text) local f = assert(io.open(name, "wb")); f:write(text); f:close() end
local function with(text, ...) write(text); local f = io.open(name, "rb"); local t = table.pack(f:read(...)); f:close(); return table.unpack(t, 1, t.n) end
local function quoted(...) local t = table.pack(...); for i = 1, t.n do t[i] = type(t[i]) == "string" and ("%q"):format(t[i]):gsub("\\\n", "\\n") or tostring(t[i]) end; return table.concat(t, " ") end
-- lines
print(quoted(with("one\ntwo\n\nfour"))); print(quoted(with("one\ntwo\n\nfour", "l", "l", "l", "l", "l"))); print(quoted(with("one\ntwo\n\nfour", "L", "L", "L", "L", "L")))
print(quoted(with("", "l"))); print(quoted(with("", "L"))); print(quoted(with("\n", "l", "l"))); print(quoted(with("\n", "L", "L"))); print(quoted(with("a\r\nb", "l", "L"))); print(quoted(with("a\0b\nc", "l", "l")))
print(quoted(with(("x"):rep(10000) .. "\ny", "l")):len()); print(quoted(with(("x"):rep(5000) .. "\n" .. ("y"):rep(5000), "L", "L")):len())
-- all
print(quoted(with("all\nof it", "a"))); print(quoted(with("", "a"))); print(quoted(with("x", "a", "a"))); print(quoted(with("x", "a", "l"))); print(#with(("0123456789"):rep(20000), "a"))
-- counts
print(quoted(with("abcdef", 3))); print(quoted(with("abcdef", 3, 2, 5))); print(quoted(with("abc", 10))); print(quoted(with("abc", 3, 1))); print(quoted(with("abc", 0))); print(quoted(with("", 0))); print(quoted(with("abc", 3, 0))); print(quoted(with("abc", 2.0))); print(pcall(with, "abc", 1.5)); print(#with(("z"):rep(70000), 65537))
-- numbers
for _, text in ipairs { "42", "  42 ", "-7", "+7", "0x1F", "0X.8p1", "1e3", "1.5e-2", ".5", "5.", "0x", "1e", "--5", "abc", "", "1,2", "12abc", "0x1g", "1e+", "1.2.3", "nan", "inf", "- 5", "99999999999999999999", "0xffffffffffffffffff", "\n\n 3\n" } do
  print(quoted(text, with(text, "n", "a")))
end
print(quoted(with("1 2 3", "n", "n", "n", "n"))); print(quoted(with("1\n2\n", "n", "l", "n", "l", "l"))); print(math.type(with("3", "n")), math.type(with("3.0", "n")))
print(quoted(with(("1"):rep(200), "n"))); print(quoted(with(("1"):rep(201), "n"))); print(quoted(with("0x" .. ("f"):rep(250), "n", 3)))
print(quoted(with("12e5x", "n", 1))); print(quoted(with("0x1p4 ", "n", "a")))
-- it stops at the first failure
print(quoted(with("word 5", "n", "l"))); print(quoted(with("x", "l", "l", "l"))); print(select("#", with("", "n", "l", "a"))); print(select("#", with("")))
-- formats may begin with *
print(quoted(with("5 rest\nline", "*n", "*l", "*a"))); print(quoted(with("a\nb", "*L"))); print(quoted(with("a", "line"))); print(quoted(with("5", "number")))
for _, format in ipairs { "x", "", "*", "*x", "ln" } do print(format, quoted(pcall(with, "a\nb", format))) end
print(pcall(with, "a", {})); print(pcall(with, "a", nil)); print(pcall(with, "a", true));
-- lines
write("1\n2\n3")
local out = {}
for line in io.lines(name) do out[#out + 1] = line end
print(table.concat(out, ",")); out = {}
for line in io.lines(name, "L") do out[#out + 1] = line end
print(quoted(table.concat(out, ","))); out = {}
for a, b in io.lines(name, 1, "l") do out[#out + 1] = quoted(a, b) end
print(table.concat(out, ",")); out = {}
for n in io.lines(name, "n") do out[#out + 1] = n * 2 end
print(table.concat(out, ","))
local f = io.open(name); out = {}
for line in f:lines() do out[#out + 1] = line end
print(table.concat(out, ","), io.type(f), quoted(f:read("a", "l"))); f:close()
-- io.lines closes its file at the end, and gives four values
local iterate, state, control, closing = io.lines(name); print(type(iterate), state, control, io.type(closing))
while iterate() do end
print(io.type(closing)); print(pcall(iterate))
iterate, state, control, closing = io.lines(name); for line in iterate, state, control, closing do break end; print(io.type(closing))
print(select("#", io.open(name):lines()))
-- a method's iterator leaves its file open; a closed file fails
f = io.open(name); local lines = f:lines(); print(lines()); f:close(); print(pcall(lines))
print((pcall(io.lines, name, "x"))); print(pcall(function() for l in io.lines(name, "y") do end end)); print(pcall(io.lines, "/nowhere/file")); print(pcall(io.lines, {}))
print(pcall(io.lines, name, table.unpack({}, 1, 251))); print((pcall(io.lines, name, table.unpack({}, 1, 250))))
f = io.open(name); print(pcall(f.lines, f, table.unpack({}, 1, 251))); f:close()
-- an error while reading is raised by the iterator of io.lines
print((pcall(function() for l in io.lines("modules") do end end)))
os.remove(name)
