-- What the format "n" takes and what it leaves.
local cases = {
  "12", "-12.3-", " \t\n\v\f\r7 ", "-0xffff+", ".3|", "5.E-3X", "+234e+13E", "0xDEADBEEFDEADBEEFx",
  "0x1.13Ap+3e", ".e+", "0.e;", "--;", "0xX;", "0x", "0x.", "0x.p1", "-", "+", ".", "e5", "1e", "1e+",
  "1e5.5", "1.2.3", "0x1p", "0x1p-2z", "00012", "0b1", "1_000", "inf", "nan", "9223372036854775807",
  "9223372036854775808", "-9223372036854775808", "0x7fffffffffffffff", "0xffffffffffffffffff",
  "1" .. ("0"):rep(198) .. "x", "1" .. ("0"):rep(199) .. "x", "1" .. ("0"):rep(300), ("0"):rep(250),
  "0x" .. ("f"):rep(300), "1e" .. ("0"):rep(250), (" "):rep(70000) .. "42rest", (" "):rep(40000), "",
  "1\0002", "3,4", "3'4", "0X1P3", "1E2", "\x801",
}
for _, case in ipairs(cases) do
  local f = io.tmpfile()
  f:write(case)
  f:seek("set")
  local n = f:read("n")
  local rest = f:read("a")
  print(#case > 40 and #case or string.format("%q", case), math.type(n), n, #rest > 40 and #rest or rest)
  f:close()
end
local f = io.tmpfile()
f:write("1 2 0x10 -4.5 x 7\n8\n")
f:seek("set")
print(f:read("n", "n", "n", "n", "n", "n"))
print(f:read("L", "n", "l", "l"))
f:seek("set")
local sum = 0
for a, b in f:lines("n", "n") do sum = sum + a + b; print(a, b) end
print(sum, f:seek("cur"))
f:close()
io.write(1, " ", 1.0, " ", -0.0, " ", 2^53, " ", 1e100, " ", 1/3, " ", 3.14, " ", math.huge, " ",
  math.mininteger, "\n")
