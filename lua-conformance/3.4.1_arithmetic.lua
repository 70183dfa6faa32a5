-- Manual §3.4.1, §3.4.8: arithmetic operators and precedence.
print(1 + 2, 1 - 2, 3 * 4, 7 / 2, 8 / 2, 7 // 2, 7 % 2, 2 ^ 10, -3, - -3)
print(1 + 2.0, 1.5 - 0.5, 2 * 0.5, 1 / 3, 7.0 // 2, 7.5 % 2)
print(2 + 3 * 4, (2 + 3) * 4, 2 * 3 + 4, 2 ^ 3 ^ 2, -2 ^ 2, (-2) ^ 2, 2 ^ -1)
print(10 - 5 - 2, 100 / 10 / 2, 100 // 7 // 2, 17 % 7 % 2, 2 * 3 % 4)
print(not 1 == 2, not (1 == 2), -3 % 5, -(3 % 5), #"abc" + 1, -#"abc", not nil == true)
print(1 .. 2 .. 3, 1 + 1 .. 2 + 2, "a" .. 1 + 2, 2 ^ 2 .. "")
print(1 < 2 == true, 1 + 1 < 3 and 2 or 3, "a" < "b" == not false)
print(5 & 3 | 8, 5 | 3 & 2, 1 << 2 + 1, (1 << 2) + 1, 6 ~ 3 & 1, 1 | 2 ~ 3 & 7, "3" + 4 & 15)
print(1 .. 2 == "12", 3 & 2 == 2 and 1, 7 ~ 2 << 1, ~5 & 0xff, ~0 >> 60, -1 >> 63, ~~5)
for _, p in ipairs { { 7, 3 }, { -7, 3 }, { 7, -3 }, { -7, -3 }, { 7.5, 2 }, { -7.5, 2 }, { 1, 3.0 }, { 0, 5 }, { 0.0, -5 } } do
  local a, b = p[1], p[2]
  print(a, b, a + b, a - b, a * b, a // b, a % b, a == (a // b) * b + a % b)
end
local a, b, c = 5, 2, 1.5
print(a + 1, a - 1, 1 + a, 1 - a, a * 3, 3 * a, a // 2, 2 // a, a % 3, 3 % a, a / 2, 2 / a, a ^ 2, 2 ^ a)
print(c + 1, c - 1, 1 + c, 1 - c, c * 3, 3 * c, c // 2, 2 // c, c % 3, 3 % c, c / 2, 2 / c, c ^ 2)
print(a + 127, a + 128, a - 128, a - 129, a + 100000, a + 1.0, a - 1e10)
print(a & 3, 3 & a, a | 8, 8 | a, a ~ 1, 1 ~ a, a << 2, a >> 1, 1 << a, 256 >> a, a << -1, a >> -1)
print(math.maxinteger + 1, math.mininteger - 1, math.maxinteger * math.maxinteger, math.mininteger * math.mininteger)
print(-math.mininteger, math.mininteger // -1, math.mininteger % -1, -(-9223372036854775807 - 1))
print(0 / 0 ~= 0 / 0, 1 / 0, -1 / 0, 0 // 1.0, -0.0 // 1, 0 % 1.5, 1 % -math.huge, -1 % math.huge)
print(2^53 + 1, 2^1023 * 2, 2^-1074, 2^-1075, 10 // 0.3, 10 % 0.3 < 0.3)
print(pcall(function() return 1 // 0 end))
print(pcall(function() return a % 0 end))
print(pcall(function() local z = 0; return a // z end))
print(1 // 0.0, -1 // 0.0, 1 % 0.0 ~= 1 % 0.0)
print(5 // 1, 5.7 // 1, -5.7 // 1, 5.7 % 1 - 0.7 < 1e-9, 3 % math.huge, -3 % math.huge)
-- compile-time folding must agree with run time
local x, y, z = 3, 0, 0.0
print(3 / 0 == x / y, 3 // 0.0 == x // z, -0.0 == z, 1 / (0 * -1) == 1 / (y * -1), 1 / (-z))
print(2^3 == x^1 - x^0 * -5 + 0, 7 // 2 * 2 + 7 % 2)
print(((1 + 2) * 3 - 4) / 5 ^ 2 // 1 % 7)
local s = 0
for i = -5, 5 do for j = -3, 3 do if j ~= 0 then s = s * 31 % 1000003 + (i // j) * 7 + (i % j) end end end
print(s)
