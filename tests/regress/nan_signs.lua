-- What has no result gives one NaN; unary minus and math.abs change its sign bit.
local nan = 0 / 0
print(nan, -nan, -(-nan), 0.0 / 0, math.huge - math.huge, math.huge * 0)
print(string.format("%f %g %5.1f %a", nan, -nan, -nan, nan), math.abs(nan), nan ~= nan, -nan ~= -nan)
print(string.pack(">d", nan) == string.pack(">d", -nan), string.pack(">d", nan) == string.pack(">d", -(-nan)))
local f = load("local x = ... return -x, - -x")
print(f(nan))
print(pcall(rawset, {}, -nan, 1))
print(string.format("%q", -nan), -"0x0p0" == 0, tostring(-nan):rep(2))
